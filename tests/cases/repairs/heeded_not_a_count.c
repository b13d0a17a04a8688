#include <errno.h>
#include <signal.h>
#include <sys/socket.h>

static volatile int running;

static void gone(int number)
{
    running--;
}

void serve(int listener)
{
    int client;

    signal(SIGCHLD, gone);
    for (;;) {
        while (running > 10)
            pause();
        do {
            client = accept(listener, NULL, NULL);
        } while (client == -1 && errno == EINTR);
        if (client == -1)
            return;
        running += serve_client(client);
    }
}
