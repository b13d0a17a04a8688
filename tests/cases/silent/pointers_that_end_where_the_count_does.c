#include <errno.h>
#include <sys/epoll.h>

void fatal(const char *what);
void serve(int fd);
void sweep(void);

void to_the_sum(int queue)
{
    struct epoll_event events[8], *at;

    for (;;) {
        int count = epoll_wait(queue, events, 8, 1000);

        if (count < 0 && errno != EINTR)
            fatal("epoll_wait");
        for (at = events; at < events + count; at++)
            serve(at->data.fd);
        sweep();
    }
}

void to_an_end(int queue)
{
    struct epoll_event events[8], *at, *end;

    for (;;) {
        int count = epoll_wait(queue, events, 8, 1000);

        if (count < 0) {
            if (errno != EINTR)
                fatal("epoll_wait");
            count = 0;
        }
        end = &events[count];
        for (at = &events[0]; at != end; ++at)
            serve(at->data.fd);
        sweep();
    }
}
