#include <errno.h>
#include <stdlib.h>
#include <sys/select.h>

void expire(void);
int serve_one(fd_set *ready);

void run(fd_set *watched, int last)
{
    for (;;) {
        struct timeval second = { 1, 0 };
        fd_set ready = *watched;
        int r = select(last + 1, &ready, NULL, NULL, &second);

        if (r < 0) {
            if (errno != EINTR)
                exit(1);
            continue;
        }
        while (serve_one(&ready))
            ;
        expire();
    }
}
