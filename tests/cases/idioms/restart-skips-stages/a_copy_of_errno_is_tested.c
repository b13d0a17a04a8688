void run(void) {
    for (;;) {
        int r = poll(fds, n, 100), saved_errno = errno;
        tidy();
        if (r == -1 && saved_errno == EINTR) continue;
        expire();
    }
}
