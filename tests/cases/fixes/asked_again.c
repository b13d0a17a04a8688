void serve(struct pollfd *fds, int nfds)
{
    int n;

    while (running) {
        n = poll(fds, nfds, 1000);
        if (n < 0) {
            if (errno != EINTR)
                log_error("poll");
            continue;
        }
        if (n > 0)
            answer(fds, nfds);
        expire_sessions();
    }
}
