#include <errno.h>
#include <poll.h>

int wait_for(struct pollfd *fd)
{
    int r;

    do {
        r = poll(fd, 1, 10000);
    } while (r == -1 && errno == EINTR);
    return r;
}
