#include <errno.h>
#include <unistd.h>

int release(int what, int fd)
{
    int rc = 0;

    switch (what) {
    case 1:
        do {
            rc = close(fd);
        } while (rc == -1 && errno == EINTR);
        break;
    case 2:
        do { rc = close(fd); } while (rc == -1 && errno == EINTR); /* try again */
        break;
    }
    return rc;
}
