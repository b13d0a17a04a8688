#define RETRY_ON_EINTR(r) if ((r) == -1 && errno == EINTR) continue

void run(void)
{
    for (;;) {
        r = select(n, &rfds, NULL, NULL, &tv);
        RETRY_ON_EINTR(r);
        if (FD_ISSET(fd, &rfds))
            serve(fd);
        sweep();
    }
}
