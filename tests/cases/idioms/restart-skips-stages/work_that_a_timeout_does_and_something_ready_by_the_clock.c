void run(void) {
    time_t last = 0;
    for (;;) {
        int n = poll(fds, 1, 1000);
        if (n == -1 && errno == EINTR) continue;
        if (n == 0) {
            walk(tree);
            last = time(NULL);
        } else if (n == -1) {
            perror("poll");
        } else if (n != 1) {
            complain(n);
        } else {
            time_t now = time(NULL);
            if (last + period <= now) {
                walk(tree);
                last = now;
            }
            take_events(fds[0].fd);
        }
    }
}
