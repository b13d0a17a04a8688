void run(void) {
    for (;;) {
        expire();
        int r = poll(fds, n, 100);
        if (r < 0 && errno == EINTR) continue;
        if (r > 0) serve();
    }
}
