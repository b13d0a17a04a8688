#include <errno.h>
#include <unistd.h>

int release(int fd)
{
    int rc;

    while ((rc = close(fd)) == -1 && errno == EINTR)
        ; /* LINTED empty */

    if (rc == -1 && errno != EBADF)
        return -1;
    return 0;
}
