#include <errno.h>
#include <poll.h>

int wait_for(struct pollfd *p, int timeout)
{
    int r;

    do r = poll(p, 1, timeout); while (r == -1 && errno == EINTR);
    return r;
}
