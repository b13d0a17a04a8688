int wait_for_input(struct pollfd *fds, int nfds, const sigset_t *mask)
{
    int n;

    n = ppoll(fds, nfds, &ts, mask);
    if (n == -1) {
        if (errno != EINTR)
            fatal("ppoll: %s", strerror(errno));
        return 0;
    }
    if (fds[0].revents)
        answer(fds, nfds);
    expire_sessions();
    return 0;
}

void serve(struct pollfd *fds, int nfds, const sigset_t *mask)
{
    while (running)
        wait_for_input(fds, nfds, mask);
}
