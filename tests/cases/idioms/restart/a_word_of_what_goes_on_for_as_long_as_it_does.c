void run(int fd) {
    for (;;) {
        FD_ZERO(&set);
        FD_SET(fd, &set);
        n = select(fd + 1, &set, NULL, NULL, &tv);
        if (n == -1 && errno == EINTR)
            continue;
        busy = 1;
        if (FD_ISSET(fd, &set))
            serve(fd);
        busy = 0;
    }
}
