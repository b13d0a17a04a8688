#define WATCH(fd) { if ((fd) > last) last = (fd); FD_SET(fd, &readable); }

void serve(int listener)
{
    for (;;) {
        fd_set readable;
        struct timeval limit = { 10, 0 };
        int last = 0;

        FD_ZERO(&readable);
        WATCH(listener);
        if (select(last + 1, &readable, NULL, NULL, &limit) < 0) {
            if (errno == EINTR)
                continue;
            exit(1);
        }
        if (FD_ISSET(listener, &readable))
            take(accept(listener, NULL, NULL));
        sweep();
    }
}
