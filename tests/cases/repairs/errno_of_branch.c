#include <errno.h>
#include <stdio.h>
#include <unistd.h>

int get_header(int fd, char *header, size_t size)
{
    for (;;) {
        ssize_t n = 0;

#ifdef WITH_PIPES
        n = read(fd, header, size);
        if (n < 0)
            perror("read");
#endif
        if (n < 0 && errno == EINTR)
            continue;
        return n > 0;
    }
}
