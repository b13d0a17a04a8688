void serve(struct pollfd *fds, int nfds)
{
    int n;

    for (;;) {
        n = poll(fds, nfds, 1000);
        if (n < 0) {
            if (errno == EINTR) {
                interrupts++;
                continue;
            }

            /* not to be expected */
            log_error("poll");
            exit(1);
        }
        if (fds[0].revents & POLLIN)
            answer(fds[0].fd);
        expire_sessions();
    }
}

void wait_for_events(int ep, struct epoll_event *events)
{
    int i, n;

    for (;;) {
        n = epoll_wait(ep, events, 16, 1000);
        if (n < 0) {
            if (errno == EINTR)
                continue;

            if (errno == EBADF)
                reopen();
            exit(1);
        }
        for (i = 0; i < n; i++)
            dispatch(&events[i]);
        expire_sessions();
    }
}
