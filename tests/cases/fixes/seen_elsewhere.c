#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/select.h>

#define MAX 16

void fatal(const char *what);
void serve(int fd);
void expire(void);

static struct pollfd fds[MAX];
static nfds_t nfds;
static fd_set readable;
static struct epoll_event events[MAX];
static int left;

static void watch(int fd)
{
    fds[nfds].fd = fd;
    fds[nfds++].events = POLLIN;
}

static void look(void)
{
    nfds_t i;

    for (i = 0; i < nfds; i++)
        if (fds[i].revents)
            serve(fds[i].fd);
}

static void rounds(void)
{
    look();
    expire();
}

static void ask(int fd)
{
    if (FD_ISSET(fd, &readable))
        serve(fd);
}

static void drain(void)
{
    while (left--)
        serve(events[left].data.fd);
}

void by_poll(void)
{
    for (;;) {
        int r = poll(fds, nfds, 1000);

        if (r == -1) {
            if (errno == EINTR)
                continue;
            fatal("poll");
        }
        rounds();
    }
}

/* Nobody but the function itself looks: what it calls only asks for more. */
void by_poll_for_one(int fd)
{
    for (;;) {
        int r = poll(fds, nfds, 1000);

        if (r == -1) {
            if (errno == EINTR)
                continue;
            fatal("poll");
        }
        if (r > 0)
            look();
        watch(fd);
    }
}

void by_select(int fd, struct timeval *limit)
{
    for (;;) {
        int r;

        FD_ZERO(&readable);
        FD_SET(fd, &readable);
        r = select(fd + 1, &readable, NULL, NULL, limit);
        if (r == -1) {
            if (errno == EINTR)
                continue;
            fatal("select");
        }
        ask(fd);
    }
}

void by_epoll(int queue)
{
    for (;;) {
        left = epoll_wait(queue, events, MAX, 1000);
        if (left == -1) {
            if (errno == EINTR)
                continue;
            fatal("epoll_wait");
        }
        drain();
        expire();
    }
}
