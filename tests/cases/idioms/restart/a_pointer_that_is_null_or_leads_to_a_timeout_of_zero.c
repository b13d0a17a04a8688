void run(void) {
    struct timeval none = { 0., 0. }, *limit;
    for (;;) {
        limit = NULL;
        if (polling)
            limit = &none;
        FD_SET(fd, &set);
        if (select(fd + 1, &set, NULL, NULL, limit) == -1)
            continue;
        for (i = 0; i < count; i++)
            if (FD_ISSET(i, &set) || polled[i])
                wake(i);
    }
}
