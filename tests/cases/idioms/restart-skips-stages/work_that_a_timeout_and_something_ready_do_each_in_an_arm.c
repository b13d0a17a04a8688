void run(void) {
    for (;;) {
        int n = poll(fds, nfds, 1000);
        if (n == -1) {
            if (errno == EINTR) continue;
            die("poll");
        }
        if (n == 0) {
            expire_idle();
            continue;
        }
        expire_idle();
        for (int i = 0; i < nfds; i++)
            if (fds[i].revents & POLLIN) serve(fds[i].fd);
    }
}
