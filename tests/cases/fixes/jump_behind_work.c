#include <errno.h>
#include <poll.h>
#include <signal.h>
void run(void)
{
    int r;

    signal(SIGCHLD, on_child);
    while (running) {
        r = poll(fds, n, 1000);
        if (r == 0) {
            reap_children();
            goto alive;
        }
        if (r < 0) {
            if (errno == EINTR)
                continue;
            fatal("poll");
        }
        serve(fds);
alive:
        account();
    }
}
