static struct peer *await_peer(struct peer **all, int *left) {
    struct peer *winner = 0;
    int n = poll(fds, 8, *left);
    if (n < 0) {
        if (errno != EINTR) *left = -1;
        return 0;
    }
    winner = overdue(all);
    if (n == 0) { *left = 0; return winner; }
    return all[first_ready()];
}
int run(struct peer *p) {
    struct peer *who;
    int left;
    while ((left = remaining())) {
        who = await_peer(&p, &left);
        if (!who && left) {
            if (errno == EINTR) continue;
            return -1;
        } else if (who) {
            receive(who);
        }
    }
    return 0;
}
