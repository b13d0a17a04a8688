void serve(int fd, int out)
{
    int n;

    for (;;) {
        struct timeval tv = { 30, 0 };
        fd_set rfds = asked, wfds = pending;

        n = select(fd + 1, &rfds, &wfds, NULL, &tv);
        if (n < 0) {
            if (errno == EINTR)
                continue;
            else
                die("select");
        }
        if (FD_ISSET(fd, &rfds)) {
            receive(fd);
        } else {
            idle();
        }
        if (FD_ISSET(out, &wfds))
            flush(out);
        expire_sessions();
    }
}
