#include <errno.h>
#include <poll.h>
#include <signal.h>

void fatal(const char *what);
void serve(int fd);
void sweep(void);

static struct pollfd fds[8];
static nfds_t nfds;
static int found;

static void on_child(int number) { (void)number; }

void run(void)
{
    nfds_t i;

    signal(SIGCHLD, on_child);
    for (;;) {
        found = poll(fds, nfds, 1000);
        if (found < 0 && errno != EINTR)
            fatal("poll");
        sweep();
        if (found > 0)
            for (i = 0; i < nfds; i++)
                if (fds[i].revents)
                    serve(fds[i].fd);
    }
}
