void run(struct server *s) {
    for (;;) {
        int n = epoll_wait(s->ep, s->events, 8, -1);
        server_trace(s, name_of(s), n);
        if (n < 0 && errno == EINTR) continue;
        dispatch(s->events, n);
    }
}
