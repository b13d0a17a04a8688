static int readable(int fd, int ms)
{
    struct pollfd p = { fd, POLLIN, 0 };
    int r = poll(&p, 1, ms);
    if (r <= 0)
        return r;
    return check(p.revents);
}
int serve(int fd)
{
    for (;;) {
        int r = readable(fd, 5000);
        if (r < 0) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        tick();
        if (r == 0) {
            hang_up(fd);
            return 0;
        }
        take(fd);
    }
}
