void run(void) {
    for (;;) {
        switch (poll(fds, n, 100)) { case -1: if (errno != EINTR) return; break; case 0: break; default:
        serve(); }
        expire();
    }
}
