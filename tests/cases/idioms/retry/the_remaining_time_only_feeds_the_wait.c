void run(int timeout) {
    for (;;) {
        int r = poll(fds, n, timeout);
        if (r < 0 && errno == EINTR) continue;
        if (r > 0) { serve(); return; }
        timeout -= elapsed();
    }
}
