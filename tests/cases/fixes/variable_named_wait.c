#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>

extern void update_dns(int), serve(void), beacon(void);
static void note(int sig) { (void)sig; }

int main(void) {
	fd_set readfds;
	struct timeval wait;
	int nb;

	signal(SIGCHLD, note);
	for (;;) {
		beacon();
		wait.tv_sec = 10;
		wait.tv_usec = 0;
		FD_ZERO(&readfds);
		FD_SET(0, &readfds);
		nb = select(1, &readfds, (fd_set *) 0, (fd_set *) 0, &wait);
		if (nb < 0) {
			if (errno == EINTR)
				continue;	/* Ignore */
			perror("select");
			exit(1);
		}
		if (nb == 0) {
			update_dns(60*60);
			continue;
		}
		update_dns(60*60);
		if (FD_ISSET(0, &readfds))
			serve();
	}
}
