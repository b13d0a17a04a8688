/*
 * pselect with the signals blocked outside of it. An interrupted wait goes on as a timeout does:
 * only the part that looks at descriptors stands behind n > 0, and the flags that handlers set and
 * the timers are looked after on every pass.
 */
#define _XOPEN_SOURCE 700

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define TICKS 100

static volatile sig_atomic_t got_alarm;
static unsigned long passes, housekeeping_runs, bytes_read;

static void on_alarm(int number)
{
    (void)number;
    got_alarm = 1;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void serve(int fd)
{
    char bytes[64];
    ssize_t n = read(fd, bytes, sizeof bytes);

    if (n > 0)
        bytes_read += (unsigned long)n;
}

static void keep_house(void)
{
    housekeeping_runs++;
}

static void start_storm(void)
{
    struct sigaction action = { .sa_handler = on_alarm };
    struct itimerval storm = { .it_interval = { .tv_usec = 3000 }, .it_value = { .tv_usec = 3000 } };

    sigemptyset(&action.sa_mask);
    if (sigaction(SIGALRM, &action, NULL) == -1 || setitimer(ITIMER_REAL, &storm, NULL) == -1)
        die("can't start the timer");
}

int main(void)
{
    struct timespec timeout = { .tv_nsec = 20000000 };
    sigset_t blocked, open_mask;
    fd_set readable;
    int channel[2], n, ticks = 0;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGALRM);
    if (pipe(channel) == -1 || sigprocmask(SIG_BLOCK, &blocked, &open_mask) == -1)
        die("can't start");
    sigdelset(&open_mask, SIGALRM);
    start_storm();

    while (ticks < TICKS) {
        passes++;
        FD_ZERO(&readable);
        FD_SET(channel[0], &readable);

        n = pselect(channel[0] + 1, &readable, NULL, NULL, &timeout, &open_mask);
        if (n == -1 && errno != EINTR)
            die("pselect");

        if (n > 0) {
            if (FD_ISSET(channel[0], &readable))
                serve(channel[0]);
        }
        if (got_alarm) {
            got_alarm = 0;
            ticks++;
            if (write(channel[1], "tick", 4) != 4)
                die("write");
        }
        keep_house();
    }
    printf("stage housekeeping runs %lu of %lu passes\n", housekeeping_runs, passes);
    return 0;
}
