void serve(struct pollfd *fds, int n)
{
    while (running) {
        int r;
        r = poll(fds, n, 1000);
        lock(&mutex);
        if (r < 0 && errno == EINTR) {
            unlock(&mutex);
            continue;
        }
        if (r < 0) {
            unlock(&mutex);
            die("poll");
        }
        if (r > 0)
            answer(fds, n);
        expire_sessions();
        unlock(&mutex);
    }
}
