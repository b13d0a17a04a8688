#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

extern long seen;
void expire(void);
void serve(struct epoll_event *event);

void run(int queue)
{
    struct epoll_event events[16];

    for (;;) {
        int i, count = epoll_wait(queue, events, 16, 1000);

        if (count < 0) {
            if (errno != EINTR)
                exit(1);
            continue;
        }
        seen = seen + count;
        for (i = 0; i < count; i++)
            serve(&events[i]);
        expire();
    }
}
