#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>

void fatal(const char *what);
void serve(int fd);
void serve_all(struct epoll_event *events, int n);
void expire(void);

/* The callee may count down from what it is given. */
void handed(int queue)
{
    struct epoll_event events[8];

    for (;;) {
        int r = epoll_wait(queue, events, 8, 1000);

        if (r == -1) {
            if (errno == EINTR)
                continue;
            fatal("epoll_wait");
        }
        serve_all(events, r);
        expire();
    }
}

/* Of two numbers one of which has no sign, neither has: -1 is the largest. */
void compared(int queue)
{
    struct epoll_event events[8];
    unsigned int i;

    for (;;) {
        int r = epoll_wait(queue, events, 8, 1000);

        if (r == -1) {
            if (errno == EINTR)
                continue;
            fatal("epoll_wait");
        }
        for (i = 0; i < r; i++)
            serve(events[i].data.fd);
        expire();
    }
}
