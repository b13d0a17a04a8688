int write_all(int fd, const char *text, size_t size) {
    struct pollfd pfd = {fd, POLLOUT, 0};
    while (size > 0) {
        ssize_t put = write(fd, text, size);
        if (put < 0) {
            if (errno != EAGAIN) return -1;
            put = 0;
            if (poll(&pfd, 1, 100) < 0 && errno != EINTR) return -1;
        }
        text += put;
        size -= put;
    }
    return 0;
}
