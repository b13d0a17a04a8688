#include <errno.h>
#include <poll.h>
#include <signal.h>

static volatile sig_atomic_t stopped;

static void stop(int number)
{
    stopped = 1;
}

void serve(struct pollfd *fds, int n)
{
    int r;

    signal(SIGTERM, stop);
    while (!stopped) {
        do {
            r = poll(fds, n, -1);
        } while (r == -1 && errno == EINTR);
        if (r == -1)
            fatal("poll");
        serve_ready(fds, n);
    }
}
