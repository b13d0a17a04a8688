void run(int fd) {
    for (;;) {
        FD_SET(fd, &set);
        n = select(fd + 1, &set, NULL, NULL, &tv);
        if (n == -1 && errno == EINTR)
            continue;
        if (FD_ISSET(fd, &set))
            serve(fd);
        else
            ping_peer();
    }
}
