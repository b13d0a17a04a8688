static fd_set wanted, found;
static int count;

static void wait_for_some(int ms)
{
    struct timeval tv = { 0, ms * 1000 };

    found = wanted;
    count = select(highest + 1, &found, NULL, NULL, &tv);
    if (count < 0 && errno != EINTR)
        fatal("select");
}

static void serve_all(void)
{
    for (int fd = 0; fd <= highest && count > 0; fd++)
        if (FD_ISSET(fd, &found))
            answer(fd);
}
