#include <errno.h>
#include <stdio.h>
#include <unistd.h>

ssize_t read_some(int fd, char *buffer, size_t size)
{
    for (;;) {
        ssize_t n = read(fd, buffer, size);

        if (n == -1) {
            perror("read");
            if (errno == EINTR)
                continue;
        }
        return n;
    }
}
