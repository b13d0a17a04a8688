int mywait(int n, fd_set *r, struct timeval *tv) { return select(n, r, NULL, NULL, tv); }
void run(void) {
    for (;;) {
        if (mywait(n, &rfds, &tv) < 0 && errno == EINTR) continue;
        expire();
    }
}
