/* Handlers set flags: they are served, and the wait started over, or all is read anew. The patch is for the second. */
#include <errno.h>
#include <signal.h>
#include <sys/select.h>

static volatile sig_atomic_t reread, told;

static void on_hup(int sig)
{
    reread = 1;
}

static void on_usr1(int sig)
{
    told = 1;
}

void serve(int fd)
{
    signal(SIGHUP, on_hup);
    signal(SIGUSR1, on_usr1);
    for (;;) {
        fd_set rfds;
        struct timeval tv = {5, 0};
        int n;

        if (reread)
            configure();
        FD_ZERO(&rfds);
        FD_SET(fd, &rfds);
again:
        if (told)
            report();
        n = select(fd + 1, &rfds, NULL, NULL, &tv);
        if (n == -1) {
            if (errno != EINTR)
                return;
            if (!reread)
                goto again;
            continue;
        }
        if (n > 0)
            receive(fd);
        expire_sessions();
    }
}
