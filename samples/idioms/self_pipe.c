/*
 * The self-pipe: the handler writes a byte into a pipe that the loop watches, so a signal is one
 * more descriptor that becomes ready. Everything the loop does is an answer to a ready descriptor;
 * an interrupted poll may be repeated at once, since the byte is then there.
 */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHILDREN 20

static int self_pipe[2];

static void on_sigchld(int number)
{
    int saved_errno = errno;

    (void)number;
    if (write(self_pipe[1], "", 1) == -1) {
        /* the pipe is full: the loop will look in any case */
    }
    errno = saved_errno;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void drain(int fd)
{
    char bytes[64];

    while (read(fd, bytes, sizeof bytes) > 0)
        ;
}

static int reap_children(void)
{
    int reaped = 0;

    while (waitpid(-1, NULL, WNOHANG) > 0)
        reaped++;
    return reaped;
}

static void fork_child(int i)
{
    struct timespec lifetime = { .tv_nsec = i * 5000000L };
    pid_t pid = fork();

    if (pid == -1)
        die("fork");
    if (pid == 0) {
        nanosleep(&lifetime, NULL);
        _exit(0);
    }
}

int main(void)
{
    struct sigaction action = { .sa_handler = on_sigchld };
    struct pollfd watched = { .events = POLLIN };
    int i, n, reaped = 0;

    if (pipe(self_pipe) == -1 || fcntl(self_pipe[0], F_SETFL, O_NONBLOCK) == -1
        || fcntl(self_pipe[1], F_SETFL, O_NONBLOCK) == -1)
        die("pipe");
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGCHLD, &action, NULL) == -1)
        die("sigaction");
    for (i = 0; i < CHILDREN; i++)
        fork_child(i);

    watched.fd = self_pipe[0];
    while (reaped < CHILDREN) {
        do {
            n = poll(&watched, 1, -1);
        } while (n == -1 && errno == EINTR);
        if (n == -1)
            die("poll");

        if (watched.revents & POLLIN) {
            drain(self_pipe[0]);
            reaped += reap_children();
        }
    }
    printf("reaped %d of %d\n", reaped, CHILDREN);
    return 0;
}
