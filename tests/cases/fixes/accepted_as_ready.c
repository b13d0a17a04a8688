#include <errno.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/socket.h>

static volatile sig_atomic_t hung_up;
extern int listeners[2];
void reopen_log(void);
void serve(int client);

static void note_hang_up(int sig)
{
    (void) sig;
    hung_up = 1;
}

void run(fd_set *watched, int last)
{
    signal(SIGHUP, note_hang_up);
    for (;;) {
        fd_set ready = *watched;
        int fd = listeners[0], client;

        if (select(last + 1, &ready, 0, 0, 0) == -1 && errno == EINTR)
            continue;
        if (FD_ISSET(listeners[1], &ready))
            fd = listeners[1];
        client = accept(fd, 0, 0);
        if (hung_up)
            reopen_log();
        serve(client);
    }
}
