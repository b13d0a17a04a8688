#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

void expire(void);
void serve(struct epoll_event *event);

void run(int queue)
{
    struct epoll_event events[16], *event;

    for (;;) {
        int count = epoll_wait(queue, events, 16, 1000);

        if (count < 0) {
            if (errno != EINTR)
                exit(1);
            continue;
        }
        for (event = events; event < events + count; event++)
            serve(event);
        expire();
    }
}
