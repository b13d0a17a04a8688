void run(int fd) {
    for (;;) {
        int r, left = 1000;
        for (;;) {
            r = poll(fds, n, left);
            if (r >= 0) break;
            if (errno != EINTR) die("poll");
            left = time_left();
            if (left <= 0) { r = 0; break; }
        }
        if (r > 0) serve(fds);
        expire();
    }
}
