void run(int timeout) {
    for (;;) {
        int n = epoll_wait(ep, events, 8, timeout);
        if (n == -1) {
            if (errno != EINTR) abort();
            if (fresh) { timeout = asked; fresh = 0; }
            if (timeout == -1) continue;
            goto count_down;
        }
        dispatch(events, n);
        if (timeout == -1) continue;
    count_down:
        timeout -= elapsed();
    }
}
