#define FD_SET(fd, set) do { \
    unsigned i; \
    for (i = 0; i < ((fd_set *) (set))->count; i++) { \
        if (((fd_set *) (set))->array[i] == (fd)) \
            break; \
    } \
    if (i == ((fd_set *) (set))->count) \
        ((fd_set *) (set))->array[((fd_set *) (set))->count++] = (fd); \
} while (0)

void serve(int last, struct timeval limit)
{
    for (;;) {
        FD_ZERO(&readable);
        for (int i = 0; i <= last; i++)
            FD_SET(i, &readable);
        if (select(last + 1, &readable, NULL, NULL, &limit) < 0) {
            if (errno == EINTR)
                continue;
            exit(1);
        }
        gettimeofday(&now, NULL);
        for (int i = 0; i <= last; i++) {
            if (!FD_ISSET(i, &readable))
                continue;
            take(i);
        }
    }
}
