#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <errno.h>
#include <sys/epoll.h>
#include "mine.h"

int
wait_for(int queue, int timeout_ms)
{
	struct epoll_event event;
	int n;

	for (;;) {
		n = epoll_wait(queue, &event, 1, timeout_ms);
		if (n == -1) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		return n;
	}
}
