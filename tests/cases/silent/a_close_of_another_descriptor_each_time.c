#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

extern int onintr(void);

int dial(const struct sockaddr *sa, socklen_t n) {
	int fd;

	while ((fd = socket(AF_INET, SOCK_STREAM, 0)) >= 0) {   /* a new descriptor each time */
		if (!connect(fd, sa, n))
			return fd;
		close(fd);
		fd = -1;
		if (errno != EINTR)     /* of connect */
			break;
		if (onintr())
			break;
	}
	return -1;
}
