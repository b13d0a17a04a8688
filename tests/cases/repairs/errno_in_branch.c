#include <errno.h>
#include <stdio.h>
#include <unistd.h>

int get_header(int fd, char *header, size_t size)
{
    for (;;) {
        ssize_t n;

        if ((n = read(fd, header, size)) < 0) {
#ifdef WITH_TRACES
            fprintf(stderr, "Reading the header, we got:");
            perror("");
#endif
            if (errno == EINTR)
                continue;
            return -1;
        }
        return n == 0;
    }
}
