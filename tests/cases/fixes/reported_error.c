int serve(int fd)
{
    sigset_t mask;
    fd_set rfds;
    int r;

    sigemptyset(&mask);
    for (;;) {
        struct timespec ts = { 1, 0 };
        FD_ZERO(&rfds);
        FD_SET(fd, &rfds);
        r = pselect(fd + 1, &rfds, NULL, NULL, &ts, &mask);
        if (r < 0) {
            if (errno == EINTR)
                continue;
            perror("pselect");
        }
        if (FD_ISSET(fd, &rfds))
            receive(fd);
        heartbeat();
    }
}
