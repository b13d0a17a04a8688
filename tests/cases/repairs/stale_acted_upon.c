#include <errno.h>
#include <stdio.h>
#include <sys/select.h>
#include <sys/socket.h>

int ask(int fd, char *answer, size_t size)
{
    fd_set fds;
    struct timeval limit = { 5, 0 };
    int r;

    FD_ZERO(&fds);
    FD_SET(fd, &fds);
    r = select(fd + 1, &fds, NULL, NULL, &limit);
    if (r < 0 && errno != EINTR) {
        perror("select");
        return -1;
    }
    if (FD_ISSET(fd, &fds)) {
        r = recv(fd, answer, size, 0);
        if (r < 0)
            return -1;
    } else {
        fprintf(stderr, "no answer\n");
        return -1;
    }
    return 0;
}
