#include <errno.h>
#include <poll.h>

void fatal(const char *what);
void serve(int fd);
void expire(void);

struct client {
    struct client *next;
    struct pollfd *slot;
};

struct list;
struct pollfd *slots_of(struct list *list);
int is_ready(struct list *list, int at);

void by_pointer(int n)
{
    struct pollfd fds[8], *first = fds;
    int i;

    for (;;) {
        int r = poll(fds, n, 1000);

        if (r == -1) {
            if (errno == EINTR)
                continue;
            fatal("poll");
        }
        for (i = 0; i < n; i++)
            if (first[i].revents)
                serve(first[i].fd);
        expire();
    }
}

void by_clients(struct pollfd *fds, int n, struct client *clients)
{
    struct client *at;

    for (;;) {
        int r = poll(fds, n, 1000);

        if (r == -1) {
            if (errno == EINTR)
                continue;
            fatal("poll");
        }
        for (at = clients; at; at = at->next)
            if (at->slot->revents)
                serve(at->slot->fd);
        expire();
    }
}

void by_call(struct list *list, int n)
{
    int i;

    for (;;) {
        int r = poll(slots_of(list), n, 1000);

        if (r == -1) {
            if (errno == EINTR)
                continue;
            fatal("poll");
        }
        for (i = 0; i < n; i++)
            if (is_ready(list, i))
                serve(i);
        expire();
    }
}

void by_first_element(int n)
{
    struct pollfd fds[8];
    int i;

    for (;;) {
        int r = poll(&fds[0], n, 1000);

        if (r == -1) {
            if (errno == EINTR)
                continue;
            fatal("poll");
        }
        for (i = 0; i < n; i++)
            if (fds[i].revents)
                serve(fds[i].fd);
        expire();
    }
}

void by_address(void)
{
    struct pollfd fds[8];
    int n = 8, i;

    for (;;) {
        int r = poll((struct pollfd *)&fds, n, 1000);

        if (r == -1) {
            if (errno == EINTR)
                continue;
            fatal("poll");
        }
        for (i = 0; i < n; i++)
            if (fds[i].revents)
                serve(fds[i].fd);
        expire();
    }
}
