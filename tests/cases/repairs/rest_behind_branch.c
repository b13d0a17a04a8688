#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>

int await(int fd, int timeout)
{
    struct pollfd watched = { .fd = fd, .events = POLLIN };
    int r;
#ifdef WITH_TRACES
    int rounds = 0;
#endif

    do {
        r = poll(&watched, 1, timeout);
    } while (r == -1 && errno == EINTR);
#ifdef WITH_TRACES
    printf("round %d\n", ++rounds);
#endif
    return r;
}

int pause_and_look(int fd, int timeout)
{
    struct pollfd watched = { .fd = fd, .events = POLLIN };
    int r;

    puts("looking");
    do {
#ifdef WITH_TRACES
        puts("once more");
#endif
        r = poll(&watched, 1, timeout);
    } while (r == -1 && errno == EINTR);
    return r;
}

int what_remains(int fd, int remaining_ms)
{
    struct pollfd watched = { .fd = fd, .events = POLLIN };
    int r;

    do {
        r = poll(&watched, 1, remaining_ms);
    } while (r == -1 && errno == EINTR);
    return r;
}
