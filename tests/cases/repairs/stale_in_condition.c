#include <errno.h>
#include <poll.h>
#include <stdlib.h>

void serve(struct pollfd *fd)
{
    for (;;) {
        if (poll(fd, 1, 1000) < 0 && errno != EINTR)
            exit(1);
        if (fd->revents & POLLIN)
            accept_client(fd->fd);
    }
}
