int look(void) {
    int done = 0, n = 0;
    while (!done) {
        n = poll(fds, count, 500);
        if (n == -1 && errno == EINTR) continue;
        done = 1;
    }
    return n;
}
