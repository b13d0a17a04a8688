#include <errno.h>
#include <sys/socket.h>

int write_all(int fd, const char *text, unsigned int left)
{
    int ret;

    for (; left; text += ret, left -= ret) {
        ret = send(fd, text, left, 0);
        if (ret < 0) {
            if (errno == EINTR)
                continue;
            return ret;
        } else if (ret == 0) {
            break;
        }
    }
    return 0;
}
