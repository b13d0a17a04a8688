#include <errno.h>
#include <poll.h>
#include <signal.h>
static int look(int *timed_out, time_t *now)
{
    int r = poll(fds, n, 5000);
    if (r < 0) {
        if (errno == EINTR)
            return 0;
        fatal("poll");
    }
    *now = time(NULL);
    if (r == 0) {
        *timed_out = 1;
        return 0;
    }
    return take(listener);
}
int main(void)
{
    time_t now;
    signal(SIGCHLD, on_child);
    for (;;) {
        int late = 0;
        if (look(&late, &now))
            answer(now);
        else if (late)
            close_connection(peer);
    }
}
