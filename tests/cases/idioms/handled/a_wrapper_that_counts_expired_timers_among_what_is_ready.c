static int gather(struct list *all, int left) {
    int n = poll(all->fds, all->n, left);
    if (n < 0) {
        if (errno == EINTR) return 0;
        return -1;
    }
    if (n == 0) return 1;
    return n;
}
void run(struct list *all) {
    while (all->n > 0) {
        int n = gather(all, 100);
        if (n < 0) break;
        if (n > 0) serve(all);
    }
}
