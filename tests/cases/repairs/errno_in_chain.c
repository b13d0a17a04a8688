#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

static int failures;

int take(int listener)
{
	for (;;) {
		int client = accept(listener, NULL, NULL);

		if (client == -1) {
			failures++;
			perror("accept");
			if (errno == EINTR) {
				continue;
			} else if (errno == EMFILE) {
				close_idle();
				continue;
			} else {
				return -1;
			}
		}
		return client;
	}
}
