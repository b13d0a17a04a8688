/*
 * signalfd (Linux): the signals stay blocked for good and are read from a descriptor, so no wait
 * is ever interrupted by one, and the housekeeping behind the wait runs on every pass.
 */
#define _XOPEN_SOURCE 700

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <unistd.h>

#define TICKS 50

static unsigned long passes, housekeeping_runs;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int open_signals(void)
{
    sigset_t watched;
    int fd;

    sigemptyset(&watched);
    sigaddset(&watched, SIGALRM);
    sigaddset(&watched, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &watched, NULL) == -1)
        die("sigprocmask");
    fd = signalfd(-1, &watched, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd == -1)
        die("signalfd");
    return fd;
}

static void keep_house(void)
{
    housekeeping_runs++;
}

int main(void)
{
    struct itimerval storm = { .it_interval = { .tv_usec = 5000 }, .it_value = { .tv_usec = 5000 } };
    struct signalfd_siginfo signal_read;
    struct pollfd watched = { .events = POLLIN };
    int n, ticks = 0, stopping = 0;

    watched.fd = open_signals();
    if (setitimer(ITIMER_REAL, &storm, NULL) == -1)
        die("setitimer");

    while (!stopping && ticks < TICKS) {
        passes++;
        n = poll(&watched, 1, 20);
        if (n == -1)
            die("poll");

        if (n > 0) {
            while (read(watched.fd, &signal_read, sizeof signal_read) == sizeof signal_read) {
                if (signal_read.ssi_signo == SIGTERM)
                    stopping = 1;
                else
                    ticks++;
            }
        }
        keep_house();
    }
    printf("stage housekeeping runs %lu of %lu passes\n", housekeeping_runs, passes);
    return 0;
}
