int loop(struct base *base) {
    struct event *ev;
    for (;;) {
        TAILQ_INIT(&base->active);
        int n = scan_poll(base, 1000);
        switch (n) {
        case -1:
            if (errno == EINTR) continue;
            return -1;
        case 0:
            activate_timers(base);
            break;
        }
        while ((ev = TAILQ_FIRST(&base->active)) != NULL) {
            deactivate(base, ev);
            ev->callback(ev->fd, ev->closure);
        }
        if (ISSET(base->flags, ONCE)) {
            deactivate_all(base);
            break;
        }
    }
    return 0;
}
