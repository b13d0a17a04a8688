void watch(int fd)
{
    struct pollfd p = { fd, POLLIN, 0 };

    for (;;) {
        int r = poll(&p, 1, 500);
        if (r < 0) {
            if (errno == EINTR)
                continue;
            return;
        }
        if (r == 0)
            missed++;
        else
            take(fd);
        if (missed > 3)
            break;
        tick();
    }
    reset_link(fd);
}
