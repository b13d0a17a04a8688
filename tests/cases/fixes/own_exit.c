#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/time.h>

extern int check(void *);
extern void beforeselect(void *, int *, fd_set *, struct timeval **, struct timeval *);
extern void run_timeouts(void *);
extern void serve(void *, int);
extern int flags;               /* 1: the caller wants to be told of a signal */
static void note(int sig) { (void)sig; }
void install(void) { signal(SIGALRM, note); }

static void afterselect(void *ads, int maxfd, fd_set *rd) {
	int i;

	run_timeouts(ads);
	for (i = 0; i < maxfd; i++)
		if (FD_ISSET(i, rd))
			serve(ads, i);
}

int wait_for_answer(void *ads) {
	int r, maxfd, rsel;
	fd_set rd;
	struct timeval tvbuf, *tvp;

	for (;;) {
		r = check(ads);
		if (r != EAGAIN)
			break;
		maxfd = 0;
		tvp = 0;
		FD_ZERO(&rd);
		beforeselect(ads, &maxfd, &rd, &tvp, &tvbuf);
		rsel = select(maxfd, &rd, NULL, NULL, tvp);
		if (rsel == -1) {
			if (errno == EINTR) {
				if (flags & 1) { r = EINTR; break; }
			} else {
				abort();
			}
		} else {
			afterselect(ads, maxfd, &rd);
		}
	}
	return r;
}
