#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct handle { int fd; };

void release(struct handle *handle)
{
    int rc;

    do {
        rc = close(handle->fd);
    } while (rc == -1 && errno == EINTR);
    free(handle);
}

int release_later(struct handle *handle)
{
    int rc;

    do {
        rc = close(handle->fd);
    } while (rc == -1 && errno == EINTR);
    rc = usleep(1);
    free(handle);
    return rc;
}

void release_loudly(struct handle *handle)
{
    int rc;

    do {
        rc = close(handle->fd);
    } while (rc == -1 && errno == EINTR);
#ifdef WITH_TRACES
    printf("closed: %d\n", rc);
#endif
    free(handle);
}
