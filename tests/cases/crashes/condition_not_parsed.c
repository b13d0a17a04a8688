void f(struct pollfd *fds, int n)
{
    int r;
    for (;;) {
        if ((r = poll(fds, n, 1000)) == -
     && errno == EINTR)
            continue;
        sweep_sessions();
    }
}
