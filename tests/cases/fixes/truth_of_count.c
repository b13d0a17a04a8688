void serve(struct pollfd *fds, int n)
{
    while (running) {
        int r = poll(fds, n, 1000);
        if (r < 0) {
            if (errno == EINTR)
                continue;
            die("poll");
        }
        if (r)
            answer(fds, n);
        expire_sessions();
    }
}
