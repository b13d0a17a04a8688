void run(void) {
    for (;;) {
        int r = poll(fds, n, 100);
        if (r < 0) { if (errno != EINTR) die("poll"); r = 0; }
        if (r > 0) serve();
        expire();
    }
}
