void run(void) {
    while (running) {
        int r = poll(fds, n, 100);
        if (r >= 0) { if (r) serve(); expire(); }
        else if (errno != EINTR) die("poll");
    }
}
