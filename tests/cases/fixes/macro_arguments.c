#define my_poll(fds, n, ms) poll(fds, n, ms)

void serve(struct pollfd *fds, int n)
{
    while (running) {
        int i, r = my_poll(fds, n, 1000);

        if (r < 0) {
            if (errno != EINTR)
                log_error("poll");
            continue;
        }
        for (i = 0; i < n; i++)
            if (fds[i].revents)
                answer(&fds[i]);
        expire_sessions();
    }
}
