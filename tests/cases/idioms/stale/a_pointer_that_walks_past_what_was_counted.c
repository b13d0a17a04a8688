void run(struct pollfd *fds, int n) {
    struct pollfd *at;
    for (;;) {
        int r = poll(fds, n, 1000);
        if (r < 0 && errno != EINTR)
            exit(1);
        for (at = fds; at != &fds[n]; at++)
            if (at->revents)
                serve(at->fd);
        sweep();
    }
}
