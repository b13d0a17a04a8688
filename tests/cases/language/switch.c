/* In a switch, `continue` belongs to the loop around it and `break` to the switch; a case runs on into the next. */
void restarts(struct pollfd *fds, int n)
{
    for (;;) {
        switch (poll(fds, n, 1000)) {
        case -1:
            if (errno == EINTR)
                continue;                       // expect: restart-skips-stages
            abort();
        case 0:
            break;
        default:
            serve(fds, n);
        }
        sweep_sessions();                       // owed
    }
}

void goes_on(struct pollfd *fds, int n)
{
    for (;;) {
        switch (poll(fds, n, 1000)) {
        case -1:
            if (errno == EINTR)
                break;                          // expect: handled
            abort();
        case 0:
            break;
        default:
            serve(fds, n);
        }
        sweep_sessions();
    }
}

void falls_through_to_a_jump(struct pollfd *fds, int n)
{
    for (;;) {
        int r = poll(fds, n, 1000);
        if (r < 0) {
            switch (errno) {
            case EINTR:
                count_interrupt();
                /* fall through */
            case EAGAIN:
                continue;                       // expect: restart-skips-stages
            default:
                abort();
            }
        }
        sweep_sessions();                       // owed
    }
}

void falls_through_to_the_stages(struct pollfd *fds, int n)
{
    for (;;) {
        switch (poll(fds, n, 1000)) {
        default:
            serve(fds, n);
            break;
        case -1:
            if (errno != EINTR)
                abort();
            /* fall through */                  // expect@-2: handled
        case 0:
            sweep_sessions();
        }
        expire();
    }
}
