/*
 * A forking master process. It keeps a number of workers ready for each of its services, learns
 * from their messages which are busy, forks more when a client waits and none is ready, runs
 * scheduled jobs, and cleans up after workers that died.
 *
 *     master SECONDS WORKERS LIFETIME_MS
 *
 * runs for SECONDS with WORKERS workers, each of which lives for about LIFETIME_MS, so that
 * WORKERS / LIFETIME_MS sets how many die, and how many SIGCHLD arrive, in a second. A client
 * process of its own connects now and then. At the end it prints how often each stage of the main
 * loop ran.
 */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TABLE_SIZE 1024      /* buckets of the child table */
#define LINGER_MS 100        /* a dead worker's entry waits this long for its last messages */
#define ALARM_AFTER_MS 1000  /* a service without a ready worker for so long is reported */
#define CLIENT_PAUSE_MS 400
#define HEADROOM 4           /* workers that demand may add to the desired ones */

/* ---- what the master keeps -------------------------------------------------------------- */

enum news { WORKER_AVAILABLE, WORKER_UNAVAILABLE, WORKER_CONNECTION };

struct message {             /* smaller than PIPE_BUF, so a read gets whole ones */
    pid_t worker;
    enum news news;
};

struct service {
    const char *name;
    int desired;             /* ready workers to keep; 0: fork on demand only */
    int max;                 /* workers alive at most */
    int listener;            /* shared with the workers */
    struct sockaddr_in address;
    int status[2];           /* the workers write messages to [1], the master reads [0] */
    int ready;               /* known from messages and deaths alone */
    int active;
    unsigned long connections;
    struct timespec last_ready;
};

static struct service services[] = {
    { .name = "mail" },
    { .name = "news" },
    { .name = "directory" },
};
enum { N_SERVICES = sizeof services / sizeof services[0] };

enum child_state { CHILD_READY, CHILD_BUSY, CHILD_DEAD };

struct child {
    pid_t pid;
    enum child_state state;
    struct service *service; /* NULL: a scheduled job */
    struct timespec died;
    struct child *next;
};

static struct child *children[TABLE_SIZE];
static unsigned long table_entries, table_peak;

struct event {
    const char *name;
    long period_ms;
    struct timespec due;
    unsigned long runs;
    long worst_delay_ms;
};

static struct event events[] = {
    { .name = "checkpoint", .period_ms = 100 },
    { .name = "prune", .period_ms = 350 },
};
enum { N_EVENTS = sizeof events / sizeof events[0] };

static volatile sig_atomic_t got_sigchld, got_sigterm;
static volatile sig_atomic_t signals_caught;
static sigset_t open_mask;   /* in force while the master waits, and in its children */
static long worker_lifetime_ms;
static unsigned long alarms_raised;
static pid_t client = -1;

static void stop_children(void);

static void fatal(const char *format, ...)
{
    int error = errno;
    va_list args;

    fprintf(stderr, "master: ");
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, ": %s\n", strerror(error));
    stop_children();
    exit(1);
}

/* ---- time, and the count of the stages -------------------------------------------------- */

static long ms_between(const struct timespec *from, const struct timespec *to)
{
    return (long)(to->tv_sec - from->tv_sec) * 1000 + (to->tv_nsec - from->tv_nsec) / 1000000;
}

static long ms_since(const struct timespec *from)
{
    struct timespec present;

    clock_gettime(CLOCK_MONOTONIC, &present);
    return ms_between(from, &present);
}

static void add_ms(struct timespec *t, long ms)
{
    t->tv_sec += ms / 1000;
    t->tv_nsec += ms % 1000 * 1000000;
    if (t->tv_nsec >= 1000000000) {
        t->tv_sec++;
        t->tv_nsec -= 1000000000;
    }
}

enum stage { SCHEDULE, REAP, MESSAGES, DEMAND, JANITOR, ALARMS, N_STAGES };

static struct {
    const char *name;
    unsigned long runs;      /* passes of the main loop in which the stage ran */
    unsigned long last_pass;
    struct timespec last_run;
    long longest_gap_ms;
} stages[N_STAGES] = {
    [SCHEDULE] = { .name = "schedule" }, [REAP] = { .name = "reap" },
    [MESSAGES] = { .name = "messages" }, [DEMAND] = { .name = "demand" },
    [JANITOR] = { .name = "janitor" },   [ALARMS] = { .name = "alarms" },
};

static unsigned long passes;
static struct timespec started;

static void note_gap(enum stage stage)
{
    long gap = ms_since(&stages[stage].last_run);

    if (gap > stages[stage].longest_gap_ms)
        stages[stage].longest_gap_ms = gap;
}

static void count_stage(enum stage stage)
{
    if (stages[stage].last_pass == passes)
        return;
    note_gap(stage);
    stages[stage].last_pass = passes;
    stages[stage].runs++;
    clock_gettime(CLOCK_MONOTONIC, &stages[stage].last_run);
}

static void print_counts(void)
{
    int i;

    printf("passes %lu, signals %ld\n", passes, (long)signals_caught);
    for (i = 0; i < N_STAGES; i++) {
        note_gap((enum stage)i);
        printf("stage %s runs %lu of %lu passes, longest gap %ld ms\n", stages[i].name,
               stages[i].runs, passes, stages[i].longest_gap_ms);
    }
    for (i = 0; i < N_EVENTS; i++)
        printf("event %s runs %lu times, worst delay %ld ms\n", events[i].name, events[i].runs,
               events[i].worst_delay_ms);
    for (i = 0; i < N_SERVICES; i++)
        printf("service %s served %lu connections\n", services[i].name, services[i].connections);
    printf("table peak %lu entries, alarms %lu\n", table_peak, alarms_raised);
}

/* ---- the child table -------------------------------------------------------------------- */

static void add_child(pid_t pid, struct service *s)
{
    struct child *c = malloc(sizeof *c);

    if (c == NULL)
        fatal("malloc");
    c->pid = pid;
    c->state = CHILD_READY;
    c->service = s;
    c->next = children[pid % TABLE_SIZE];
    children[pid % TABLE_SIZE] = c;
    if (++table_entries > table_peak)
        table_peak = table_entries;
}

/* The newest entry comes first, so a pid that the system used again finds the living one. */
static struct child *find_child(pid_t pid)
{
    struct child *c = children[pid % TABLE_SIZE];

    while (c != NULL && c->pid != pid)
        c = c->next;
    return c;
}

static void stop_children(void)
{
    struct child *c;
    int i;

    for (i = 0; i < TABLE_SIZE; i++)
        for (c = children[i]; c != NULL; c = c->next)
            if (c->state != CHILD_DEAD)
                kill(c->pid, SIGTERM);
    if (client > 0)
        kill(client, SIGTERM);
    while (waitpid(-1, NULL, 0) > 0) /* the signals are blocked: nothing interrupts it */
        ;
}

static void empty_child_table(void)
{
    struct child *c, *next;
    int i;

    for (i = 0; i < TABLE_SIZE; i++) {
        for (c = children[i]; c != NULL; c = next) {
            next = c->next;
            free(c);
        }
        children[i] = NULL;
    }
}

/* ---- children: workers, scheduled jobs, and the client ---------------------------------- */

static void on_signal(int number)
{
    signals_caught++;
    if (number == SIGCHLD)
        got_sigchld = 1;
    else
        got_sigterm = 1;
}

static int catch_signals(void (*handler)(int))
{
    struct sigaction action = { .sa_handler = handler };

    sigemptyset(&action.sa_mask);
    if (sigaction(SIGCHLD, &action, NULL) == -1 || sigaction(SIGTERM, &action, NULL) == -1)
        return -1;
    return sigaction(SIGINT, &action, NULL);
}

/* Returns 0 in the child, as fork does; -1 when the system has no more processes to give. */
static pid_t fork_child(void)
{
    pid_t pid = fork();

    if (pid == 0
        && (catch_signals(SIG_DFL) == -1 || sigprocmask(SIG_SETMASK, &open_mask, NULL) == -1))
        _exit(1);
    return pid;
}

static void nap(long ms)
{
    struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

    nanosleep(&t, NULL);
}

static void tell_master(struct service *s, enum news news)
{
    struct message m = { .worker = getpid(), .news = news };

    if (write(s->status[1], &m, sizeof m) != (ssize_t)sizeof m)
        _exit(1);
}

static void serve_client(struct service *s, int connection)
{
    char line[64];
    ssize_t n;

    tell_master(s, WORKER_UNAVAILABLE);
    n = read(connection, line, sizeof line);
    if (n > 0 && write(connection, line, (size_t)n) == n)
        tell_master(s, WORKER_CONNECTION);
    close(connection);
    tell_master(s, WORKER_AVAILABLE);
}

static void run_worker(struct service *s)
{
    struct pollfd listener = { .fd = s->listener, .events = POLLIN };
    struct timespec born;
    long lifetime, left;
    int connection;

    clock_gettime(CLOCK_MONOTONIC, &born);
    srand((unsigned)getpid());
    lifetime = worker_lifetime_ms / 2 + rand() % (worker_lifetime_ms + 1);
    alarm((unsigned)(lifetime / 1000 + 2)); /* a client that says nothing can't keep it alive */

    while ((left = lifetime - ms_since(&born)) > 0) {
        if (poll(&listener, 1, (int)left) <= 0)
            break;
        connection = accept(s->listener, NULL, NULL);
        if (connection == -1) /* another worker was faster */
            continue;
        fcntl(connection, F_SETFL, 0); /* some systems pass the listener's O_NONBLOCK on */
        serve_client(s, connection);
    }
    _exit(0);
}

static int spawn_worker(struct service *s)
{
    pid_t pid = fork_child();

    if (pid == 0)
        run_worker(s);
    if (pid == -1)
        return -1;
    add_child(pid, s);
    s->ready++;
    s->active++;
    return 0;
}

static void spawn_job(void)
{
    pid_t pid = fork_child();

    if (pid == 0) {
        nap(1);
        _exit(0);
    }
    if (pid != -1)
        add_child(pid, NULL);
}

/* Connects to each service in turn, for a little longer than the master runs. */
static void run_client(long seconds)
{
    struct timeval patience = { .tv_sec = 1 };
    char line[64];
    int i, s;

    alarm((unsigned)seconds + 1);
    for (i = 0;; i = (i + 1) % N_SERVICES) {
        s = socket(AF_INET, SOCK_STREAM, 0);
        if (s == -1 || setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == -1
            || connect(s, (struct sockaddr *)&services[i].address, sizeof services[i].address) == -1
            || write(s, "hello\n", 6) != 6)
            _exit(1);
        if (read(s, line, sizeof line) <= 0)
            fprintf(stderr, "client: %s does not answer\n", services[i].name);
        close(s);
        nap(CLIENT_PAUSE_MS);
    }
}

static void spawn_client(long seconds)
{
    client = fork_child();
    if (client == 0)
        run_client(seconds);
    if (client == -1)
        fatal("fork");
}

/* ---- the stages of the main loop -------------------------------------------------------- */

static void run_schedule(struct timespec now)
{
    int i;

    count_stage(SCHEDULE);
    for (i = 0; i < N_EVENTS; i++) {
        struct event *e = &events[i];
        long delay;

        if (ms_between(&e->due, &now) < 0)
            continue;
        spawn_job();
        e->runs++;
        delay = ms_since(&e->due);
        if (delay > e->worst_delay_ms)
            e->worst_delay_ms = delay;
        e->due = now;
        add_ms(&e->due, e->period_ms);
    }
}

static struct timespec time_to_next_event(struct timespec now)
{
    struct timespec timeout = { 0, 0 };
    long wait_ms = 1000;
    int i;

    for (i = 0; i < N_EVENTS; i++)
        if (ms_between(&now, &events[i].due) < wait_ms)
            wait_ms = ms_between(&now, &events[i].due);
    add_ms(&timeout, wait_ms > 0 ? wait_ms : 0);
    return timeout;
}

static void reap_children(void)
{
    struct child *c;
    pid_t pid;

    count_stage(REAP);
    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
        c = find_child(pid);
        if (c == NULL) { /* the client */
            client = -1;
            continue;
        }
        if (c->service != NULL) {
            c->service->active--;
            if (c->state == CHILD_READY)
                c->service->ready--;
        }
        c->state = CHILD_DEAD;
        clock_gettime(CLOCK_MONOTONIC, &c->died);
    }
}

/* Reads one message; 0 when there was one. */
static int read_message(int fd, struct message *m)
{
    return read(fd, m, sizeof *m) == (ssize_t)sizeof *m ? 0 : -1;
}

static void process_message(struct service *s, const struct message *m)
{
    struct child *c = find_child(m->worker);

    count_stage(MESSAGES);
    if (m->news == WORKER_CONNECTION)
        s->connections++;
    if (c == NULL || c->state == CHILD_DEAD)
        return;
    if (m->news == WORKER_AVAILABLE && c->state == CHILD_BUSY) {
        c->state = CHILD_READY;
        s->ready++;
    } else if (m->news == WORKER_UNAVAILABLE && c->state == CHILD_READY) {
        c->state = CHILD_BUSY;
        s->ready--;
    }
}

static void child_janitor(struct timespec now)
{
    struct child **link, *c;
    int i;

    count_stage(JANITOR);
    for (i = 0; i < TABLE_SIZE; i++) {
        link = &children[i];
        while ((c = *link) != NULL) {
            if (c->state == CHILD_DEAD && ms_between(&c->died, &now) >= LINGER_MS) {
                *link = c->next;
                free(c);
                table_entries--;
            } else {
                link = &c->next;
            }
        }
    }
}

static void run_alarms(struct timespec now)
{
    int i;

    count_stage(ALARMS);
    for (i = 0; i < N_SERVICES; i++) {
        struct service *s = &services[i];

        if (s->ready > 0 || s->desired == 0) {
            s->last_ready = now;
        } else if (ms_between(&s->last_ready, &now) >= ALARM_AFTER_MS) {
            fprintf(stderr, "master: %s has no ready worker\n", s->name);
            alarms_raised++;
            s->last_ready = now;
        }
    }
}

/* ---- starting up ------------------------------------------------------------------------ */

static void set_nonblocking(int fd)
{
    if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
        fatal("fcntl");
}

static void open_service(struct service *s)
{
    socklen_t length = sizeof s->address;

    s->address.sin_family = AF_INET;
    s->address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (s->listener == -1 || bind(s->listener, (struct sockaddr *)&s->address, length) == -1
        || listen(s->listener, 16) == -1
        || getsockname(s->listener, (struct sockaddr *)&s->address, &length) == -1)
        fatal("can't listen for %s", s->name);
    set_nonblocking(s->listener);

    if (pipe(s->status) == -1)
        fatal("pipe");
    set_nonblocking(s->status[0]);
    s->last_ready = started;
}

static long argument(const char *text, long least, long most)
{
    char *end;
    long value = strtol(text, &end, 10);

    if (*text == '\0' || *end != '\0' || value < least || value > most) {
        fprintf(stderr, "master: '%s' is not a number from %ld to %ld\n", text, least, most);
        exit(2);
    }
    return value;
}

static void block_signals(void)
{
    sigset_t blocked;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGCHLD);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    if (sigprocmask(SIG_BLOCK, &blocked, &open_mask) == -1)
        fatal("sigprocmask");
    sigdelset(&open_mask, SIGCHLD);
    sigdelset(&open_mask, SIGTERM);
    sigdelset(&open_mask, SIGINT);
}

int main(int argc, char **argv)
{
    struct timespec now, timeout;
    struct message message;
    long seconds, workers;
    fd_set rfds;
    int i, r, maxfd;

    if (argc != 4) {
        fprintf(stderr, "usage: master SECONDS WORKERS LIFETIME_MS\n");
        return 2;
    }
    seconds = argument(argv[1], 1, 60);
    workers = argument(argv[2], 2, 200);
    worker_lifetime_ms = argument(argv[3], 1, 10000);

    clock_gettime(CLOCK_MONOTONIC, &started);
    block_signals();
    if (catch_signals(on_signal) == -1)
        fatal("sigaction");
    for (i = 0; i < N_SERVICES; i++)
        open_service(&services[i]);
    services[0].desired = (int)workers / 2;
    services[1].desired = (int)(workers - workers / 2);
    for (i = 0; i < N_SERVICES; i++)
        services[i].max = services[i].desired + HEADROOM;
    for (i = 0; i < N_EVENTS; i++) {
        events[i].due = started;
        add_ms(&events[i].due, events[i].period_ms);
    }
    for (i = 0; i < N_STAGES; i++)
        stages[i].last_run = started;
    spawn_client(seconds);

    now = started;
    for (;;) {
        if (got_sigterm || ms_since(&started) >= seconds * 1000)
            break;
        passes++;

        /* run the scheduled jobs that are due */
        run_schedule(now);

        /* take note of the workers that died */
        if (got_sigchld) {
            got_sigchld = 0;
            reap_children();
        }

        /* bring each service up to its desired number of ready workers */
        for (i = 0; i < N_SERVICES; i++) {
            struct service *s = &services[i];

            while (s->ready < s->desired && s->active < s->max)
                if (spawn_worker(s) == -1)
                    break;
        }

        /* wait for messages, and for clients where no worker is ready to take them */
        FD_ZERO(&rfds);
        maxfd = 0;
        for (i = 0; i < N_SERVICES; i++) {
            struct service *s = &services[i];

            FD_SET(s->status[0], &rfds);
            if (s->status[0] > maxfd)
                maxfd = s->status[0];
            if (s->ready == 0 && s->active < s->max) {
                FD_SET(s->listener, &rfds);
                if (s->listener > maxfd)
                    maxfd = s->listener;
            }
        }
        timeout = time_to_next_event(now);

        r = pselect(maxfd + 1, &rfds, NULL, NULL, &timeout, &open_mask);
        if (r == -1 && errno == EAGAIN) continue;
        if (r == -1 && errno == EINTR) continue;
        if (r == -1) {
            fatal("pselect");
        }

        /* read the workers' messages, and fork on demand */
        for (i = 0; i < N_SERVICES; i++) {
            struct service *s = &services[i];

            if (FD_ISSET(s->status[0], &rfds)) {
                while (read_message(s->status[0], &message) == 0)
                    process_message(s, &message);
            }
            if (FD_ISSET(s->listener, &rfds) && s->ready == 0 && s->active < s->max) {
                count_stage(DEMAND);
                spawn_worker(s);
            }
        }

        clock_gettime(CLOCK_MONOTONIC, &now);
        child_janitor(now);
        run_alarms(now);
    }

    print_counts();
    stop_children();
    empty_child_table();
    return 0;
}
