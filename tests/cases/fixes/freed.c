void serve(int listener)
{
    while (running) {
        struct pollfd *fds = build(listener);
        int r = poll(fds, count, 1000);
        if (r < 0 && errno == EINTR) {
            free(fds);
            continue;
        }
        if (r < 0)
            die("poll");
        if (r > 0)
            answer(fds);
        expire_sessions();
        free(fds);
    }
}
