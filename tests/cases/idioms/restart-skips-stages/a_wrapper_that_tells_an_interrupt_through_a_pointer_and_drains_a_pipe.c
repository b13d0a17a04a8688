static int look(struct loop *m, int limit, bool *interrupted)
{
    char byte;
    int n = poll(m->fds, m->count, limit);
    sigprocmask(SIG_SETMASK, &m->usual, NULL);

    if (n < 0 && errno == EINTR)
        *interrupted = true;
    while (read(m->wakeup[0], &byte, 1) > 0)
        ;
    return n;
}

void run(struct loop *m)
{
    bool interrupted;

    do {
        interrupted = false;
        int n = look(m, 1000, &interrupted); /* wait */
        if (n < 0) {
            if (interrupted)
                continue;
            break;
        }
        run_timers(m);
        if (n > 0)
            serve(m, n);
    } while (m->goes_on);
}
