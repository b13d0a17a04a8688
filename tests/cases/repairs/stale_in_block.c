#include <errno.h>
#include <stdio.h>
#include <sys/select.h>

int drain(int fd);

int watch(int out, int err)
{
	struct timeval limit;
	fd_set fds;

	while (out >= 0 || err >= 0) {
		FD_ZERO(&fds);
		FD_SET(out, &fds);
		FD_SET(err, &fds);
		limit.tv_sec = 1;
		limit.tv_usec = 0;
		if (select(err + 1, &fds, NULL, NULL, &limit) < 0)
		{
			if (errno != EAGAIN && errno != EINTR)
			{
				perror("select");
				return -1;
			}
		}
		if (FD_ISSET(out, &fds) && drain(out))
			out = -1;
		if (FD_ISSET(err, &fds) && drain(err))
			err = -1;
	}
	return 0;
}
