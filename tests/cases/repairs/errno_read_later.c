#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int copy(int from, char *buffer, size_t size)
{
    for (;;) {
        ssize_t n = read(from, buffer, size);

        if (n < 0) {
#ifdef TALKATIVE
            puts("nothing was read");
#endif
            if (errno == EINTR)
                continue;
            fprintf(stderr, "read: %s\n", strerror(errno));
            return -1;
        }
        return 0;
    }
}

int copy_loudly(int from, char *buffer, size_t size, int loud)
{
    for (;;) {
        ssize_t n = read(from, buffer, size);

        if (n < 0) {
            if (loud)
                puts("nothing was read");
            if (errno == EINTR)
                continue;
            perror("read");
            return -1;
        }
        return 0;
    }
}
