#include <errno.h>
#include <poll.h>
#include <signal.h>
static int look(time_t *now)
{
    int r;

    r = poll(fds, n, 5000);
    if (r < 0) {
        if (errno == EINTR)
            return r;
        fatal("poll");
    }
    *now = time(NULL);
    if (r == 0)
        return r;
    return take(listener);
}

int main(void)
{
    time_t now;

    signal(SIGCHLD, on_child);
    for (;;) {
        int r = look(&now);
        if (r == 0)
            close_connection(peer);
        else if (r > 0)
            answer(now);
    }
}
