void reply(int fd, size_t size) {
    int r;
    do {
        int ready = poll(fds, 1, left(&deadline));
        if (ready == -1) {
            if (errno == EINTR) continue;
            FINALIZE;
        } else if (ready == 0) {
            report_late();
            FINALIZE;
        }
        r = take(fd, size);
        if (r <= 0) FINALIZE;
        size += r;
        if (is_late(&deadline)) stop_child();
    } while (buffer[size - 1] != '\n');
finalize_it:
    return;
}
