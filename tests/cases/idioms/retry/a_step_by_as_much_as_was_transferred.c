size_t take(int fd, char *buffer, size_t size) {
    size_t total;
    ssize_t got;
    unsigned tries = 0;
    for (total = 0, got = 0; total < size; total += got) {
        if (++tries > 100) break;
        got = socket_read(fd, buffer + total, size - total);
        if (got > 0) tries = 0;
        else if (got == 0) break;
        else {
            if (errno != EINTR && errno != EAGAIN) break;
            got = 0;
        }
    }
    return total;
}
