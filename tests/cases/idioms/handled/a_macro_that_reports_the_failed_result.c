int run(int fd) {
    got = read(fd, buffer, 10);
    if (got == -1 && errno == EINTR)
        NOTED("error", ("interrupted and returned %d", (int) got));
    return got;
}
