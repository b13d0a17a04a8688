#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#define CONNECT_MS 2000

int ask(int fd, int timeout)
{
    struct pollfd watched = { .fd = fd, .events = POLLOUT };
    int r;

    do {
        r = poll(&watched, 1, CONNECT_MS);
    } while (r == -1 && errno == EINTR);
    if (r <= 0)
        return -1;
    if (write(fd, "?", 1) != 1)
        return -1;

    /* the answer */
    do {
        watched.events = POLLIN;
        r = poll(&watched, 1, (int)(timeout * 1000));
    } while (r == -1 && errno == EINTR);
    return r;
}
