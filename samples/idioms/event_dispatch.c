/*
 * The way of the event libraries: a back end waits and marks what is ready, and reports an
 * interrupted wait as "nothing happened". Its caller then runs the timers and the callbacks that
 * were marked, whatever the back end met with.
 */
#define _XOPEN_SOURCE 700

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define MAX_EVENTS 8
#define RUN_MS 300
#define TIMER_MS 10

struct event_base {
    struct pollfd fds[MAX_EVENTS];
    void (*callbacks[MAX_EVENTS])(int fd);
    int active[MAX_EVENTS];
    nfds_t n_events;
    struct timespec timer_due;
    unsigned long passes, timer_runs;
};

static unsigned long bytes_read;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void on_alarm(int number)
{
    (void)number;
}

static long ms_until(const struct timespec *t)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long)(t->tv_sec - now.tv_sec) * 1000 + (t->tv_nsec - now.tv_nsec) / 1000000;
}

static struct timespec ms_from_now(long ms)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_nsec += ms * 1000000;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

static void add_event(struct event_base *base, int fd, void (*callback)(int fd))
{
    base->fds[base->n_events].fd = fd;
    base->fds[base->n_events].events = POLLIN;
    base->callbacks[base->n_events] = callback;
    base->n_events++;
}

/* Waits, and marks the events that are ready. Returns 0, or -1 when the wait can't work. */
static int dispatch(struct event_base *base, int timeout_ms)
{
    nfds_t i;
    int n;

    n = poll(base->fds, base->n_events, timeout_ms);
    if (n == -1) {
        if (errno != EINTR)
            return -1;
        return 0;
    }
    if (n == 0)
        return 0;

    for (i = 0; i < base->n_events; i++)
        base->active[i] = base->fds[i].revents != 0;
    return 0;
}

static void run_timers(struct event_base *base)
{
    if (ms_until(&base->timer_due) > 0)
        return;
    base->timer_due = ms_from_now(TIMER_MS);
    base->timer_runs++;
}

static void run_active(struct event_base *base)
{
    nfds_t i;

    for (i = 0; i < base->n_events; i++) {
        if (base->active[i]) {
            base->active[i] = 0;
            base->callbacks[i](base->fds[i].fd);
        }
    }
}

static int event_loop(struct event_base *base, const struct timespec *end)
{
    long timeout;

    while (ms_until(end) > 0) {
        base->passes++;
        timeout = ms_until(&base->timer_due);
        if (dispatch(base, timeout > 0 ? (int)timeout : 0) == -1)
            return -1;
        run_timers(base);
        run_active(base);
    }
    return 0;
}

static void read_bytes(int fd)
{
    char bytes[64];
    ssize_t n = read(fd, bytes, sizeof bytes);

    if (n > 0)
        bytes_read += (unsigned long)n;
}

int main(void)
{
    static struct event_base base;
    struct sigaction action = { .sa_handler = on_alarm };
    struct itimerval storm = { .it_interval = { .tv_usec = 2000 }, .it_value = { .tv_usec = 2000 } };
    struct timespec end = ms_from_now(RUN_MS);
    int channel[2];

    if (pipe(channel) == -1 || write(channel[1], "hello", 5) != 5)
        die("pipe");
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGALRM, &action, NULL) == -1 || setitimer(ITIMER_REAL, &storm, NULL) == -1)
        die("can't start the timer");

    add_event(&base, channel[0], read_bytes);
    base.timer_due = ms_from_now(TIMER_MS);
    if (event_loop(&base, &end) == -1)
        die("poll");
    printf("timer runs %lu in %lu passes, bytes read %lu\n", base.timer_runs, base.passes,
           bytes_read);
    return 0;
}
