int connect_all(struct peer *peers, struct pollfd *fds, int n) {
    for (;;) {
        for (int tries = 0; tries < 10; tries++) {
            if (poll(fds, n, 200) < 0) {
                report("poll");
                break;
            }
            if (fds[0].revents & POLLOUT) return serve(peers);
            drop(peers);
            peers->state = IDLE;
        }
        drop(peers);
        enqueue_again(peers);
    }
}
