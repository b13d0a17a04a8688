/* Runs generated loops on waits that follow a script, and tells what happens: a line for each loop and script.
 *
 * A script has a letter for each wait: 0, 1, 2 (that descriptor is ready), T (timeout), I (EINTR), E (another error).
 * What happens: the letter of each wait; s, w, m, i, d, n for serve(), sweep(), timers(), idle(), drop_connection() and
 * note_signal(); X for serving what isn't ready, F for the end by fatal(), L for work without end, V for an access out
 * of bounds. A wait that only looks, with a timeout of zero, takes no letter.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>

#define MOST 400

static const char *script;
static sigjmp_buf over;
static int ready = -1;
static char told[MOST + 2];
static int length;

static void end(void)
{
	siglongjmp(over, 1);
}

static void tell(char what)
{
	if (length == MOST) {
		told[length++] = 'L';
		end();
	}
	told[length++] = what;
}

static void on_fault(int number)
{
	told[length++] = number == SIGVTALRM ? 'L' : 'V';
	end();
}

/* What the next wait comes to; one that only looks, in between, finds nothing. */
static char next(int looks)
{
	char now = *script;

	ready = -1;
	if (looks)
		return 'T';
	if (!now)
		end();
	script++;
	tell(now);
	ready = now >= '0' && now <= '9' ? now - '0' : -1;
	if (now == 'I' || now == 'E')
		errno = now == 'I' ? EINTR : EBADF;
	return now;
}

static int is_failure(char now)
{
	return now == 'I' || now == 'E';
}

int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	char now = next(timeout == 0);
	nfds_t i;

	if (is_failure(now))
		return -1;
	for (i = 0; i < n; i++)
		fds[i].revents = fds[i].fd == ready ? POLLIN : 0;
	return ready >= 0;
}

int select(int n, fd_set *in, fd_set *out, fd_set *bad, struct timeval *limit)
{
	char now = next(!limit->tv_sec && !limit->tv_usec);

	(void)n, (void)out, (void)bad;
	if (is_failure(now))
		return -1;
	FD_ZERO(in);
	if (ready >= 0)
		FD_SET(ready, in);
	return ready >= 0;
}

int epoll_wait(int queue, struct epoll_event *events, int room, int timeout)
{
	char now = next(timeout == 0);

	(void)queue, (void)room;
	if (is_failure(now))
		return -1;
	if (ready >= 0)
		events[0].data.fd = ready;
	return ready >= 0;
}

int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *limit, const sigset_t *mask)
{
	(void)mask;
	return poll(fds, n, limit->tv_sec || limit->tv_nsec);
}

int pselect(int n, fd_set *in, fd_set *out, fd_set *bad, const struct timespec *limit, const sigset_t *mask)
{
	struct timeval same = { limit->tv_sec, limit->tv_nsec / 1000 };

	(void)mask;
	return select(n, in, out, bad, &same);
}

int epoll_pwait(int queue, struct epoll_event *events, int room, int timeout, const sigset_t *mask)
{
	(void)mask;
	return epoll_wait(queue, events, room, timeout);
}

void serve(int fd) { tell(fd == ready ? 's' : 'X'); }
void sweep(void) { tell('w'); }
void timers(void) { tell('m'); }
void idle(void) { tell('i'); }
void drop_connection(void) { tell('d'); }
void note_signal(void) { tell('n'); }

void fatal(const char *what)
{
	(void)what;
	tell('F');
	end();
}

int stop;

struct loop { const char *name; void (*run)(void); };
extern const struct loop loops[];

int main(int argc, char **argv)
{
	const struct itimerval enough = { { 0, 0 }, { 0, 200000 } }, none = { { 0, 0 }, { 0, 0 } };
	const struct loop *loop;
	int at;

	freopen("/dev/null", "w", stderr);
	signal(SIGSEGV, on_fault);
	signal(SIGBUS, on_fault);
	signal(SIGVTALRM, on_fault);
	for (loop = loops; loop->name; loop++)
		for (at = 1; at < argc; at++) {
			script = argv[at];
			length = 0;
			memset(told, 0, sizeof told);
			setitimer(ITIMER_VIRTUAL, &enough, NULL);
			if (!sigsetjmp(over, 1))
				loop->run();
			setitimer(ITIMER_VIRTUAL, &none, NULL);
			fprintf(stdout, "%s %s %s\n", loop->name, argv[at], told);
		}
	return 0;
}
