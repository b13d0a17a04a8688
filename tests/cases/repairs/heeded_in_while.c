#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

static volatile sig_atomic_t stopped;
static volatile sig_atomic_t children;

static void stop(int number)
{
	stopped = 1;
}

static void child(int number)
{
	children = 1;
}

void serve(int listener)
{
	int client;

	signal(SIGTERM, stop);
	signal(SIGCHLD, child);
	for (;;) {
		while ((client = accept(listener, NULL, NULL)) == -1 && (errno == EINTR || errno == EAGAIN))
			;	/* again */
		if (client >= 0)
			serve_client(client);
		if (children)
			reap();
		if (stopped)
			break;
	}
}
