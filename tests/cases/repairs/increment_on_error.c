#include <errno.h>
#include <unistd.h>

int write_all(int fd, const char *text, size_t left)
{
    ssize_t n;

    for (; left > 0; text += n, left -= n) {
        n = write(fd, text, left);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1)
            return -1;
    }
    return 0;
}
