#include <errno.h>
#include <poll.h>

int wait_for(struct pollfd *p, int writing, int timeout)
{
    int r = 0;

    switch (writing) {
    case 1:
        do {
            r = poll(p, 1, timeout);
        } while (r == -1 && errno == EINTR);
        break;
    }
    if (!writing)
        do {
            r = poll(p, 1, timeout);
        } while (r == -1 && errno == EINTR);
    return r;
}
