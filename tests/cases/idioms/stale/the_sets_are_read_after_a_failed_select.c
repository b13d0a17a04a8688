void run(void) {
    fd_set rfds;
    for (;;) {
        fill(&rfds);
        if (select(n, &rfds, NULL, NULL, &tv) < 0 && errno != EINTR) die("select");
        if (FD_ISSET(fd, &rfds)) serve();
        expire();
    }
}
