void run(void) {
    for (;;) {
        int r;
        do { r = poll(fds, n, 100); if (r < 0 && errno == EINTR) continue; } while (r > 0);
        expire();
    }
}
