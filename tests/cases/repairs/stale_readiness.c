#include <errno.h>
#include <sys/select.h>

void serve(int fd)
{
    for (;;) {
        fd_set readable;
        struct timeval timeout = { 1, 0 };
        int r;

        FD_ZERO(&readable);
        FD_SET(fd, &readable);
        r = select(fd + 1, &readable, NULL, NULL, &timeout);
        if (r == -1 && errno != EINTR)
            fatal("select");
        if (FD_ISSET(fd, &readable))
            accept_client(fd);
        sweep_sessions();
    }
}
