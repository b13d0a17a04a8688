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
#ifdef WITH_TRACES
        printf("round %d\n", ++rounds);
#endif
        r = poll(&watched, 1, timeout);
    } while (r == -1 && errno == EINTR);
    return r;
}
