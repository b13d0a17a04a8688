int run(struct channel *c) {
    while (open_(c)) {
        int fd, left = next_due(c);
        struct channel *who = waitfor_nfds(&c, 1, &fd, &left);
        if (!who && fd < 0 && left) {
            if (errno == EINTR) continue;
            return -1;
        } else if (fd > -1) {
            return 1;
        }
        int got = who ? 1 : 0;
        if (got > 0) receive(c);
        run_due(c);
    }
    return 0;
}
