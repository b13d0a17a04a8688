void wait_for_any(fd_set **readable, int highest) {
    prepare(readable);
    if (select(highest + 1, *readable, NULL, NULL, NULL) < 0) {
        if (errno == EINTR) return;
        complain(errno);
        quit = 1;
    }
}
