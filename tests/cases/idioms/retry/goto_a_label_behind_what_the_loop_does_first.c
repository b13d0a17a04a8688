void run(void) {
    while (1) {
        prepare();
    again:
        n = poll(fds, 1, 100);
        if (n < 0 && errno == EINTR) goto again;
        if (n > 0) serve();
        tick();
    }
}
