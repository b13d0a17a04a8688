void run(struct chan *c) {
    for (;;) {
        dispatch_run_fatal(c, NONBLOCK, 0);
        int r = poll(fds, n, 100);
        if (r == -1 && errno == EINTR) continue;
        expire();
    }
}
