void finish(int *fds, int i)
{
    while (close(fds[i]) == -1 && errno == EINTR) {
        while (close(&fds[i]) == -1 && errno == EINTR)
            ;
        fds[i] = -1;
    }
}
