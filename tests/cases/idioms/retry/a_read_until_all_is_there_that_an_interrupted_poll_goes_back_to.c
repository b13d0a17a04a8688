int read_all(int fd, char *buffer, size_t size) {
    struct pollfd pfd = {fd, POLLIN, 0};
    while (size > 0) {
        ssize_t got = read(fd, buffer, size);
        if (got > 0) {
            buffer += got;
            size -= got;
            continue;
        }
        if (got == 0 || errno != EAGAIN) return -1;
        if (poll(&pfd, 1, 5000) < 0) {
            if (errno == EINTR) continue;
            return -1;
        }
    }
    return 0;
}
