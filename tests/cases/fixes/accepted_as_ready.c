#include <errno.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/socket.h>

static volatile sig_atomic_t hung_up;
void reopen_log(void);
void serve(int client);

static void note_hang_up(int sig)
{
    (void) sig;
    hung_up = 1;
}

static int accept_one(const int *listeners, fd_set *watched, int last)
{
    fd_set ready = *watched;
    const int *walk;
    int fd = 0, client;

    if (select(last + 1, &ready, 0, 0, 0) == -1) {
        if (errno == EAGAIN || errno == EINTR)
            return -1;
        return -2;
    }
    for (walk = listeners; *walk != -1; walk++) {
        if (FD_ISSET(*walk, &ready)) {
            fd = *walk;
            break;
        }
    }
    client = accept(fd, 0, 0);
    if (hung_up) {
        reopen_log();
        hung_up = 0;
    }
    return client;
}

void run(const int *listeners, fd_set *watched, int last)
{
    signal(SIGHUP, note_hang_up);
    for (;;) {
        int client = accept_one(listeners, watched, last);

        if (client < 0)
            continue;
        serve(client);
    }
}
