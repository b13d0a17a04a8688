int ask(int fd)
{
    for (;;) {
        r = select(fd + 1, &rfds, NULL, NULL, &tv);
        if (r == -1 && errno == EINTR)
            continue;
        if (r == -1)
            fatal("select");
        heartbeat();
        if (r == 0) {
            drop_connection(fd);
            return -1;
        }
        if (FD_ISSET(fd, &rfds))
            return receive(fd);
    }
}
