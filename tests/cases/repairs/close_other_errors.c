#include <errno.h>
#include <unistd.h>

int finish(int fd)
{
    int r;

    do {
        r = close(fd);
    } while (r == -1 && (errno == EINTR || errno == EAGAIN));
    return r;
}
