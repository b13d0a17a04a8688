void run(int s)
{
    struct timeval timeout;
    fd_set rfds;
    int n;

    for (;;) {
again:
        FD_ZERO(&rfds);
        FD_SET(s, &rfds);
        timeout.tv_sec = 10;
        timeout.tv_usec = 0;
        n = select(s + 1, &rfds, NULL, NULL, &timeout);
        if (n == -1) {
            if (errno == EINTR)
                goto again;
            die("select");
        }
        if (FD_ISSET(s, &rfds))
            serve(s);
        reap_children();
    }
}
