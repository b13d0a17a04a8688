/* A goto out of the error test skips what a continue would; one to a label before the stages does not. */
void restarts(struct pollfd *fds, int n)
{
again:
    if (poll(fds, n, 1000) == -1) {
        if (errno == EINTR)
            goto again;                         // expect: restart-skips-stages
        abort();
    }
    sweep_sessions();                           // owed
    goto again;
}

void to_the_loops_end(struct pollfd *fds, int n)
{
    for (;;) {
        int r = poll(fds, n, 1000);
        if (r == -1 && errno == EINTR)
            goto next;                          // expect: restart-skips-stages
        sweep_sessions();                       // owed
next:
        ;
    }
}

void before_the_stages(struct pollfd *fds, int n)
{
    for (;;) {
        int r = poll(fds, n, 1000);
        if (r == -1 && errno == EINTR)
            goto stages;                        // expect: handled
        if (r > 0)
            serve(fds, n);
stages:
        sweep_sessions();
    }
}

int out_of_both_loops(struct pollfd *fds, int n)
{
    for (;;) {
        while (busy())
            if (poll(fds, n, 1000) == -1 && errno == EINTR)
                goto out;
        sweep_sessions();
    }
out:
    return tidy();                              // expect: handled
}
