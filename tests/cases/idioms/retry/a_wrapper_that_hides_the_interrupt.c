int mywait(struct pollfd *p, int n, int t) {
    int r;
    while ((r = poll(p, n, t)) < 0 && errno == EINTR) ;
    return r;
}
void run(void) {
    for (;;) { if (mywait(fds, n, 100) < 0 && errno == EINTR) continue; expire(); }
}
