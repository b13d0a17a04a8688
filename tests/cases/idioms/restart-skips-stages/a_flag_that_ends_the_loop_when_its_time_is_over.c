int look(time_t end) {
    int done = 0, n = 0;
    while (!done) {
        n = poll(fds, count, 500);
        if (n == -1 && errno == EINTR) continue;
        if (time(NULL) > end) done = 1;
    }
    return n;
}
