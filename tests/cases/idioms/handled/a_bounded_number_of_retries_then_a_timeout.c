void run(int fd) {
    for (;;) {
        int r, interrupted = 0;
        do {
            r = poll(fds, n, interrupted ? 0 : 1000);
            if (r < 0) {
                if (errno != EINTR) die("poll");
                if (++interrupted > 5) r = 0;
            }
        } while (r < 0);
        if (r > 0) serve(fds);
        expire();
    }
}
