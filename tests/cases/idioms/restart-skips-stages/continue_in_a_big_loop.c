void run(void) {
    for (;;) {
        int r = poll(fds, n, 100);
        if (r == -1 && errno == EINTR) continue;
        if (r > 0) serve();
        expire();
    }
}
