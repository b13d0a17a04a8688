#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

static void note(int sig) { (void)sig; }

static inline bool sock_timeout(void) { return errno == ETIMEDOUT; }
static inline bool interrupted(void) { return errno == EINTR; }

int main(void) {
	sem_t sem;
	struct timespec at;
	int ret;

	signal(SIGHUP, note);
	sem_init(&sem, 0, 0);
	clock_gettime(CLOCK_REALTIME, &at);
	at.tv_sec += 5;
retry:
	ret = sem_timedwait(&sem, &at);
	if (ret) {
		if (sock_timeout())
			return ETIMEDOUT;
		if (interrupted())
			goto retry;
		exit(1);
	}
	return 0;
}
