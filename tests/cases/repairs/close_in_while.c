#include <errno.h>
#include <unistd.h>

void finish(int *fds, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		while (close(fds[i]) == -1 && errno == EINTR)
			;
		fds[i] = -1;
	}
}
