#include <errno.h>
#include <stdio.h>
#include <unistd.h>

int verbose;

int get_header(int fd, char *header, size_t size)
{
    for (;;) {
        ssize_t n = read(fd, header, size);

        if (verbose)
            printf("got %zd bytes\n", n);
        if (n < 0 && errno == EINTR)
            continue;
        return n > 0;
    }
}
