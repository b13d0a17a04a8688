void run(void) {
    fd_set rfds;
    for (;;) {
        fill(&rfds);
        if (select(n, &rfds, NULL, NULL, &tv) < 0) { if (errno != EINTR) die("select"); FD_ZERO(&rfds); }
        if (FD_ISSET(fd, &rfds)) serve();
        expire();
    }
}
