void run(void) {
    for (;;) {
        expire();
        if (poll(fds, n, 100) < 0 && errno == EINTR) continue;
        expire();
    }
}
