/*
 * A line echo server on poll(2). It closes connections that have been silent for too long, and
 * keeps statistics of its load.
 *
 *	poll-server SECONDS STORM_MS
 *
 * runs for SECONDS while a timer interrupts it every STORM_MS (0: never). A client process of its
 * own opens connections, says one line on each and then nothing. At the end the server prints how
 * often each stage of its loop ran, and how many connections it still holds.
 */
#define _XOPEN_SOURCE 700

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_FDS 64		/* the listening socket and the connections */
#define TICK_MS 50		/* the wait's timeout: how late an idle connection may be closed */
#define IDLE_MS 200		/* silence after which a connection is closed */
#define STATISTICS_MS 100	/* time between two samples of the load */
#define CLIENT_CONNECTIONS 8

enum stage { SERVE, EXPIRE, STATISTICS, N_STAGES };

static struct {
	const char *name;
	unsigned long runs;	/* passes of the loop in which the stage ran */
} stages[N_STAGES] = { { "serve", 0 }, { "expire", 0 }, { "statistics", 0 } };

static struct pollfd fds[MAX_FDS];	/* fds[0] listens */
static struct timespec last_heard[MAX_FDS];
static nfds_t nfds;
static unsigned long passes, lines_echoed, closed_idle, samples_taken, load_sum;
static struct timespec started, last_sample;
static volatile sig_atomic_t ticks;

static void die(const char *what)
{
	fprintf(stderr, "poll-server: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void on_alarm(int number)
{
	(void)number;
	ticks++;
}

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

static void watch(int fd)
{
	fds[nfds].fd = fd;
	fds[nfds].events = POLLIN;
	clock_gettime(CLOCK_MONOTONIC, &last_heard[nfds]);
	nfds++;
}

static void drop(nfds_t i)
{
	close(fds[i].fd);
	nfds--;
	fds[i] = fds[nfds];
	last_heard[i] = last_heard[nfds];
}

static void accept_connection(void)
{
	int fd = accept(fds[0].fd, NULL, NULL);

	if (fd == -1)		/* the client went away again */
		return;
	if (nfds == MAX_FDS || fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		close(fd);
	else
		watch(fd);
}

static void echo(nfds_t i)
{
	char line[256];
	ssize_t n = read(fds[i].fd, line, sizeof line);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || write(fds[i].fd, line, (size_t)n) != n) {
		drop(i);
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &last_heard[i]);
	lines_echoed++;
}

static void serve_ready(void)
{
	nfds_t i;

	stages[SERVE].runs++;
	for (i = nfds - 1; i > 0; i--)	/* from the end, since drop() moves the last one here */
		if (fds[i].revents != 0)
			echo(i);
	if (fds[0].revents & POLLIN)
		accept_connection();
}

static void expire_idle(struct timespec now)
{
	nfds_t i;

	stages[EXPIRE].runs++;
	for (i = nfds - 1; i > 0; i--) {
		if (ms_between(&last_heard[i], &now) >= IDLE_MS) {
			drop(i);
			closed_idle++;
		}
	}
}

static void take_statistics(struct timespec now)
{
	stages[STATISTICS].runs++;
	if (ms_between(&last_sample, &now) < STATISTICS_MS)
		return;
	last_sample = now;
	samples_taken++;
	load_sum += nfds - 1;
}

static struct sockaddr_in listen_on_loopback(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1 || bind(fd, (struct sockaddr *)&address, length) == -1
	    || listen(fd, CLIENT_CONNECTIONS) == -1
	    || getsockname(fd, (struct sockaddr *)&address, &length) == -1
	    || fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		die("can't listen");
	watch(fd);
	return address;
}

/* Says a line on each connection, and then nothing more, until it's killed. */
static pid_t start_client(struct sockaddr_in address, long seconds)
{
	pid_t pid = fork();
	char line[16];
	int i, fd;

	if (pid == -1)
		die("fork");
	if (pid > 0)
		return pid;

	close(fds[0].fd);
	alarm((unsigned)seconds + 1);
	for (i = 0; i < CLIENT_CONNECTIONS; i++) {
		fd = socket(AF_INET, SOCK_STREAM, 0);
		if (fd == -1 || connect(fd, (struct sockaddr *)&address, sizeof address) == -1
		    || write(fd, "hello\n", 6) != 6 || read(fd, line, sizeof line) != 6)
			_exit(1);
	}
	for (;;)
		pause();
}

static void start_storm(long period_ms)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval timer;

	timer.it_interval.tv_sec = period_ms / 1000;
	timer.it_interval.tv_usec = period_ms % 1000 * 1000;
	timer.it_value = timer.it_interval;
	sigemptyset(&action.sa_mask);
	if (sigaction(SIGALRM, &action, NULL) == -1 || setitimer(ITIMER_REAL, &timer, NULL) == -1)
		die("can't start the timer");
}

static void stop_storm(void)
{
	struct itimerval never = { { 0, 0 }, { 0, 0 } };

	setitimer(ITIMER_REAL, &never, NULL);
}

static void run_loop(long seconds)
{
	struct timespec now;
	int n;

	while (ms_since(&started) < seconds * 1000) {
		passes++;

		n = poll(fds, nfds, TICK_MS);
		if (n == -1) {
			if (errno != EINTR)
				die("poll");
		}

		/* lines and new connections */
		if (n > 0)
			serve_ready();

		/* whatever came, or nothing: look after the rest */
		clock_gettime(CLOCK_MONOTONIC, &now);
		expire_idle(now);
		take_statistics(now);
	}
}

static void print_counts(void)
{
	int i;

	printf("passes %lu, signals %ld\n", passes, (long)ticks);
	for (i = 0; i < N_STAGES; i++)
		printf("stage %s runs %lu of %lu passes\n", stages[i].name, stages[i].runs, passes);
	printf("lines echoed %lu, connections closed for silence %lu, still open %lu\n",
	       lines_echoed, closed_idle, (unsigned long)nfds - 1);
	printf("load samples %lu, connections in the mean %.1f\n", samples_taken,
	       samples_taken > 0 ? (double)load_sum / (double)samples_taken : 0.0);
}

static long argument(const char *text, long least, long most)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*text == '\0' || *end != '\0' || value < least || value > most) {
		fprintf(stderr, "poll-server: '%s' is not a number from %ld to %ld\n", text, least,
			most);
		exit(2);
	}
	return value;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	long seconds, storm_ms;
	pid_t client;

	if (argc != 3) {
		fprintf(stderr, "usage: poll-server SECONDS STORM_MS\n");
		return 2;
	}
	seconds = argument(argv[1], 1, 60);
	storm_ms = argument(argv[2], 0, 1000);

	clock_gettime(CLOCK_MONOTONIC, &started);
	last_sample = started;
	signal(SIGPIPE, SIG_IGN);
	address = listen_on_loopback();
	client = start_client(address, seconds);
	start_storm(storm_ms);

	run_loop(seconds);

	stop_storm();
	print_counts();
	kill(client, SIGTERM);
	waitpid(client, NULL, 0);
	return 0;
}
