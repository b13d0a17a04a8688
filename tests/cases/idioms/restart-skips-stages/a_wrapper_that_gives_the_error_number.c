int mywait(int n, fd_set *r, struct timeval *tv) {
    if (select(n, r, NULL, NULL, tv) < 0) return errno;
    return 0;
}
void run(void) {
    for (;;) {
        int err = mywait(n, &rfds, &tv);
        if (err == EINTR) continue;
        if (err) die("select");
        expire();
    }
}
