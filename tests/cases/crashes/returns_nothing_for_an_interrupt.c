#include <errno.h>
#include <poll.h>

static int interrupted(int r)
{
	if (r < 0 && errno == EINTR)
		return;
	return 1;
}

void loop(struct pollfd *fds, int n)
{
	for (;;) {
		int r = poll(fds, n, 1000);

		if (!interrupted(r))
			continue;
		sweep();
	}
}
