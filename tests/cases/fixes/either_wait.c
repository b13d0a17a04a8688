#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/select.h>

static void note(int sig) { (void)sig; }
void sweep(void), serve(int);
int main(void)
{
    int n;
#ifdef WITH_POLL
    struct pollfd fds[2] = {{0, POLLIN, 0}, {1, POLLIN, 0}};
#else
    fd_set ready;
    struct timeval limit;
#endif
    signal(SIGCHLD, note);
    for (;;) {
#ifdef WITH_POLL
        n = poll(fds, 2, 1000);
#else
        FD_ZERO(&ready);
        FD_SET(0, &ready);
        limit.tv_sec = 1;
        limit.tv_usec = 0;
        n = select(2, &ready, 0, 0, &limit);
#endif
        if (n < 0) {
            if (errno == EINTR)
                continue;
            return 1;
        }
#ifdef WITH_POLL
        if (fds[0].revents)
            serve(0);
#else
        if (FD_ISSET(0, &ready))
            serve(0);
#endif
        sweep();
    }
}
