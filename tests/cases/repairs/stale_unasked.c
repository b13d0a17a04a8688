#include <errno.h>
#include <signal.h>
#include <sys/select.h>

void accept_one(int fd);
void answer(int fd);

static void child(int sig)
{
    (void) sig;
}

void serve(int listener, int client)
{
    signal(SIGCHLD, child);
    for (;;) {
        fd_set rfds, wfds;

        FD_ZERO(&rfds);
        FD_ZERO(&wfds);
        FD_SET(listener, &rfds);
        FD_SET(client, &wfds);
        select(client > listener ? client + 1 : listener + 1, &rfds, &wfds, NULL, NULL);
        if (FD_ISSET(listener, &rfds))
            accept_one(listener);
        if (FD_ISSET(client, &wfds))
            answer(client);
    }
}
