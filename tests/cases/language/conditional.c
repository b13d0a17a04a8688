/* `?:` chooses a value on each run. */
void as_a_flag(struct pollfd *fds, int n)
{
    for (;;) {
        int r = poll(fds, n, 1000);
        int interrupted = r == -1 ? errno == EINTR : 0;
        if (interrupted)
            continue;                           // expect: restart-skips-stages
        sweep_sessions();                       // owed
    }
}

void as_a_timeout(struct pollfd *fds, int n)
{
    for (;;) {
        int r = poll(fds, n, 1000);
        r = r == -1 && errno == EINTR ? 0 : r;  // expect: handled
        if (r < 0)
            abort();
        if (r > 0)
            serve(fds, n);
        sweep_sessions();
    }
}
