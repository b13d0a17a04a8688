static fd_set wanted, found;

static void wait_for_some(int ms)
{
    struct timeval tv = { 0, ms * 1000 };
    int n;

    found = wanted;
    n = select(highest + 1, &found, NULL, NULL, &tv);
    if (n < 0 && errno != EINTR)
        fatal("select");
}
