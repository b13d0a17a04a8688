/* Each operand of && and || is a test of its own, in order, and the later ones may not run. */
void either_errno(struct pollfd *fds, int n)
{
    for (;;) {
        int r = poll(fds, n, 1000);
        if (r == -1 && (errno == EAGAIN || errno == EINTR))
            continue;                           // expect: restart-skips-stages
        sweep_sessions();                       // owed
    }
}

void merged_and_negated(struct pollfd *fds, int n)
{
    for (;;) {
        int r = poll(fds, n, 1000);
        if (r == -1 && !(errno == EAGAIN || errno == EINTR))
            abort();                            // expect@-1: handled
        if (r > 0)
            serve(fds, n);
        sweep_sessions();
    }
}

void stage_behind_and(struct pollfd *fds, int n)
{
    for (;;) {
        int r = poll(fds, n, 1000);
        if (r == -1 && errno != EINTR)
            abort();
        r >= 0 && sweep_sessions();             // expect: restart-skips-stages owed
    }
}
