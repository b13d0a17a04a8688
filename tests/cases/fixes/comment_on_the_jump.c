#include <errno.h>
#include <poll.h>
#include <stdio.h>

void expire(void);
void serve(struct pollfd *fd);

int run(struct pollfd *fds, int n)
{
    for (;;) {
        int r = poll(fds, n, 1000);

        if (r < 0) {
            if (errno == EINTR)
                continue; /* a signal came: its flag is looked at below */
            perror("poll");
            return -1;
        }
        expire();
        if (r > 0)
            serve(fds);
    }
}

int again(struct pollfd *fds, int n)
{
    for (;;) {
        int r = poll(fds, n, 1000);

        if (r < 0) {
            if (errno == EINTR)
                continue; // try again
            perror("poll");
            return -1;
        }
        expire();
        if (r > 0)
            serve(fds);
    }
}
