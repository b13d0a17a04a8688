#include <errno.h>
#include <poll.h>
#include <stdio.h>

void expire(void);
void serve(struct pollfd *fd);

int again(struct pollfd *fds, int n)
{
    for (;;) {
        int r = poll(fds, n, 1000);

        if (r < 0) {
            if (errno == EINTR) {
                /* a signal: try again */
                continue;
            }
            perror("poll");
            return -1;
        }
        expire();
        if (r > 0)
            serve(fds);
    }
}

int noted(struct pollfd *fds, int n)
{
    for (;;) {
        int r = poll(fds, n, 1000);

        if (r < 0) {
            if (errno == EINTR) {
                /* SIGHUP: its flag is looked at below */
                continue;
            }
            perror("poll");
            return -1;
        }
        expire();
        if (r > 0)
            serve(fds);
    }
}
