#include <errno.h>
#include <unistd.h>

int release(int fd, int other)
{
    int rc = 0;

    if (fd >= 0)
        while (close(fd) == -1 && errno == EINTR)
            continue;
    if (other >= 0)
        do {
            rc = close(other);
        } while (rc == -1 && errno == EINTR);
    return rc;
}
