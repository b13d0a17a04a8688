/*
 * epoll (Linux) with the result cleared: an interrupted wait reported no events, so n becomes 0,
 * the loop over the events has nothing to do, and what stands behind it runs.
 */
#define _XOPEN_SOURCE 700

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <unistd.h>

#define MAX_EVENTS 16
#define TICKS 100

static volatile sig_atomic_t ticks;
static unsigned long passes, housekeeping_runs, bytes_read;

static void on_alarm(int number)
{
    (void)number;
    ticks++;
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
    struct epoll_event events[MAX_EVENTS], wanted = { .events = EPOLLIN };
    int channel[2], epoll, i, n;

    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll == -1 || pipe(channel) == -1)
        die("can't start");
    wanted.data.fd = channel[0];
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, channel[0], &wanted) == -1
        || write(channel[1], "hello", 5) != 5)
        die("can't watch the pipe");
    start_storm();

    while (ticks < TICKS) {
        passes++;
        n = epoll_wait(epoll, events, MAX_EVENTS, 20);
        if (n == -1) {
            if (errno != EINTR)
                die("epoll_wait");
            n = 0;
        }

        for (i = 0; i < n; i++)
            serve(events[i].data.fd);
        keep_house();
    }
    printf("stage housekeeping runs %lu of %lu passes\n", housekeeping_runs, passes);
    return 0;
}
