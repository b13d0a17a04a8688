#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

void dispatch(struct epoll_event *events, int count);
void sweep(void);

void serve(int queue)
{
    struct epoll_event events[8];

    for (;;) {
        int count = epoll_wait(queue, events, 8, 1000);

        if (count < 0) {
            if (errno != EINTR)
                exit(1);
            count = 0;
        }
        dispatch(events, count);
        sweep();
    }
}
