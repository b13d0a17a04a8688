void watch(int fd)
{
    struct pollfd p = { fd, POLLIN, 0 };
    int expired = 0;
    while (!expired) {
        int r = poll(&p, 1, 5000);
        if (r < 0) {
            if (errno == EINTR)
                continue;
            die("poll");
        }
        if (r == 0)
            expired = 1;
        else
            take(fd);
        tick();
    }
    drop(fd);
}
