void run(int err) {
    for (;;) {
        int n = poll(fds, nfds, 1000);
        if (n == -1 && errno == EINTR) continue;
        (void) err;
        expire_idle();
    }
}
