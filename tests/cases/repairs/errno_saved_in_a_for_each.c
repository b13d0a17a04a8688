#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

extern void serve(int);
static int debug, listeners[4];
static void note(int sig) { (void)sig; }

int main(void) {
	signal(SIGCHLD, note);
	for (;;) {
		fd_set readable;
		int i, n, ctrl;

		FD_ZERO(&readable);
		for (i = 0; i < 4; i++)
			FD_SET(listeners[i], &readable);
		n = select(16, &readable, NULL, NULL, NULL);
		if (n <= 0)
			continue;
		for (i = 0; i < 4; i++)
			if (FD_ISSET(listeners[i], &readable)) {
				ctrl = accept(listeners[i], NULL, NULL);
				if (debug)
					fprintf(stderr, "accept, ctrl %d\n", ctrl);
				if (ctrl < 0) {
					if (errno != EINTR)
						syslog(LOG_WARNING, "accept: %m");
					continue;
				}
				serve(ctrl);
				close(ctrl);
			}
	}
}
