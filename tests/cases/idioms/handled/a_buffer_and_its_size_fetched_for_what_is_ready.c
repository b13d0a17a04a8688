void relay(int fd) {
    for (;;) {
        fd_set set = asked;
        struct timeval tv = {2, 0};
        int n = select(fd + 1, &set, NULL, NULL, &tv);
        if (n >= 0) {
            long size;
            char *buffer = spare_buffer(pool, fd, &size);
            if (FD_ISSET(fd, &set)) {
                long got = take(fd, buffer, size - 1);
                tell(buffer, got);
            }
        } else if (errno != EINTR) {
            return;
        }
        if (child_is_gone()) return;
    }
}
