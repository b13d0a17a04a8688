#include <errno.h>
#include <poll.h>
#include <time.h>

int wait_for(int fd, int writing, int timeout)
{
    struct pollfd watched = { .fd = fd };
    int r;

    if (writing) {
        watched.events = POLLOUT;
        do {
            r = poll(&watched, 1, timeout);
        } while (r == -1 && errno == EINTR);
    } else {
        watched.events = POLLIN;
        do {
            r = poll(&watched, 1, timeout);
        } while (r == -1 && errno == EINTR);
    }
    if (r == 0) {
        time_t now = time(NULL);

        note_timeout(now);
    }
    return r;
}
