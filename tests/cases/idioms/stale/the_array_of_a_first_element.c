void run(int n) {
    struct pollfd fds[8];
    int i;
    for (;;) {
        int r = poll(&fds[0], n, 1000);
        if (r < 0 && errno != EINTR)
            exit(1);
        for (i = 0; i < n; i++)
            if (fds[i].revents)
                serve(i);
        sweep();
    }
}
