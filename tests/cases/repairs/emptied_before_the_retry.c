#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/select.h>
#include <time.h>

extern void serve(int);
static volatile sig_atomic_t hups;
static void note(int sig) { (void)sig; hups++; }

int main(void) {
	time_t last = 0, now;
	fd_set rfds;

	signal(SIGHUP, note);
	for (;;) {
		FD_ZERO(&rfds);
		FD_SET(0, &rfds);
		for (;;) {
			struct timespec timeout = { 30, 0 };
			int rc = pselect(1, &rfds, NULL, NULL, &timeout, NULL);

			now = time(NULL);
			if (now - last > 60)
				break;
			if (rc >= 0)
				break;
			if (errno != EINTR)
				exit(1);
		}
		last = now;
		if (FD_ISSET(0, &rfds))
			serve(0);
	}
}
