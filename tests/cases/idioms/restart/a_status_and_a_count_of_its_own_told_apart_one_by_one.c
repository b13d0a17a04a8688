static int look(struct set *in, int until, struct set *out, int *count) {
    *out = *in;
    *count = poll(out->fds, out->n, until);
    return *count < 0 ? errno : 0;
}
int serve(struct set *all, struct conn *conns) {
    struct set seen;
    struct conn *c;
    int e = 0, count = 0;
    while (all->n > 0) {
        e = look(all, until(conns), &seen, &count);
        if (e == EINTR) continue;
        if (e != 0) break;
        if (count == 0) return 0;
        for (c = conns; c != 0; c = c->next)
            if (ready_in(&seen, c->fd) && answer(c)) return 1;
    }
    return e;
}
