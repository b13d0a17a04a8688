static int look(int seconds, time_t *now)
{
    struct timespec limit = { seconds, 0 };
    fd_set ready;
    int r;

    FD_ZERO(&ready);
    FD_SET(listener, &ready);
    r = pselect(listener + 1, &ready, NULL, NULL, &limit, &mask);
    if (r < 0) {
        if (errno == EINTR)
            return 0;
        fatal("pselect");
    }
    *now = time(NULL);
    if (r == 0)
        return 0;
    return take(listener);
}

int main(void)
{
    time_t now;

    for (;;)
        if (look(5, &now))
            answer(now);
}
