int run(void) {
    int r;
    do { r = poll(fds, n, -1); } while (r == -1 && errno == EINTR);
    return r;
}
