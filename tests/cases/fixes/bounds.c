#include <poll.h>

struct set {
    struct pollfd *fds;
    unsigned int n;
};

void run(struct set *set)
{
    for (;;) {
        int r = poll(set->fds, set->n, 1000);

        if (r < 0) {
            int error = errno;

            if (errno != EINTR)
                die("poll", error);
            continue;
        }
        serve(set->fds, set->n);
        timers();
    }
}

void run_flat(unsigned int n, struct pollfd *fds)
{
    for (;;) {
        int r = poll(fds, n, 1000);

        if (r < 0) {
            int error = errno;

            if (errno != EINTR)
                die("poll", error);
            continue;
        }
        serve(fds, n);
        timers();
    }
}

void run_twice(struct pollfd *fds)
{
    int n = 3;

    for (;;) {
        unsigned long n = count();
        int r = poll(fds, n, 1000);

        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            die("poll", errno);
        serve(fds, n);
        timers();
    }
}
