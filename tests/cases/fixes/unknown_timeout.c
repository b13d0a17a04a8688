static struct peer *next_peer(struct pollfd *fds, int n, int *left)
{
    int ready = poll(fds, n, *left);

    if (ready < 0) {
        if (errno != EINTR)
            *left = -1;
        return NULL;
    }
    if (ready == 0)
        *left = 0;
    return peer_of(fds, n);
}

int serve(struct pollfd *fds, int n)
{
    while (running) {
        int left = 1000;
        struct peer *peer = next_peer(fds, n, &left);

        if (!peer && left) {
            if (errno == EINTR)
                continue;
            log_error("poll");
            return -1;
        }
        if (peer)
            answer(peer);
        expire_sessions();
    }
    return 0;
}
