#include <errno.h>
#include <poll.h>
#include <signal.h>
void run(int fd)
{
    signal(SIGCHLD, on_child);
    while (running) {
        int r = receive(fd, events, 64, 1000);
        if (r == 0) {
            if (standby)
                goto rest;
            goto alive;
        }
        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            break;
        if (events[0].data.fd == fd)
            serve(events, r);
alive:
        sweep_sessions();
rest:
        account();
    }
}
static int receive(int queue, struct epoll_event *events, int room, int ms)
{
    return epoll_wait(queue, events, room, ms);
}
