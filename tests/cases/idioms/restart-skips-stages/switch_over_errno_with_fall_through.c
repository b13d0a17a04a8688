void run(void) {
    for (;;) {
        int r = poll(fds, n, 100);
        if (r < 0) switch (errno) { case EAGAIN: case EINTR: continue; default: die("poll"); }
        expire();
    }
}
