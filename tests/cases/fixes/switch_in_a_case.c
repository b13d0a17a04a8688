/* The break of `case 0` gives nothing up: an interrupt may come to it. */
#include <errno.h>
#include <sys/select.h>

void build(fd_set *set), serve(fd_set *set), sweep(void);

int run(void)
{
	fd_set set;
	struct timeval left;

	for (;;) {
		build(&set);
		left.tv_sec = 5;
		left.tv_usec = 0;
		switch (select(64, &set, NULL, NULL, &left)) {
		case -1:
			switch (errno) {
			case EINTR:
			case EAGAIN:
				continue;
			default:
				return 1;
			}
		case 0:
			break;
		default:
			serve(&set);
		}
		sweep();
	}
}
