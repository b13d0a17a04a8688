void serve(int fd)
{
    sigset_t mask;
    fd_set rfds;
    int r;

    for (;;) {
        FD_ZERO(&rfds);
        FD_SET(fd, &rfds);
        r = pselect(fd + 1, &rfds, NULL, NULL, &ts, &mask);
        if (r < 0) {
            switch (errno) {
            case EINTR:
                continue;
            }
        }
        if (r > 0)
            receive(fd);
        heartbeat();
    }
}
