#include <errno.h>
#include <poll.h>

void serve(struct pollfd *fds, int n)
{
    for (;;) {
        int r = poll(fds, n, 30000);

        if (r == -1 && errno == EINTR)
            continue;
        if (r == 0)
            close_idle();
        else
            answer(fds, n);
    }
}
