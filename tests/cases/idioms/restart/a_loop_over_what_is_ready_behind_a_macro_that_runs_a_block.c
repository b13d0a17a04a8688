void run(void) {
    for (;;) {
        FD_SET(fd, &set);
        n = select(fd + 1, &set, NULL, NULL, &tv);
        if (n < 0 && errno == EINTR)
            continue;
        EACH_PEER(peers, peer, {
            if (FD_ISSET(peer->fd, &set)) { serve(peer); }
        });
    }
}
