int run(void) {
    int res = 0;
    while (res == 0) { res = poll(fds, n, 100); if (res < 0 && errno != EINTR) die("poll"); }
    return res;
}
