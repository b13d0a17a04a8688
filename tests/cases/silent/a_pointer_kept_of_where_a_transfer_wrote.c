#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>

struct msg { unsigned char *tail, *l2h; int len; unsigned char data[64]; };

static volatile int flag;
static void note(int sig) { flag = sig; }
void install(void) { signal(SIGHUP, note); }

int recv_header(int fd, struct msg *msg) {
	int needed, rc;

	if (msg->l2h == NULL) {
		needed = 4 - msg->len;          /* always > 0 here */
		rc = recv(fd, msg->tail, needed, 0);
		if (rc == 0)
			return 0;
		if (rc < 0) {
			if (errno == EAGAIN || errno == EINTR)
				rc = 0;
			else
				return -1;
		}
		msg->tail += rc;
		msg->len += rc;
		if (rc < needed)
			return -EAGAIN;
		msg->l2h = msg->tail;           /* a pointer; nothing is read */
	}
	return 1;
}
