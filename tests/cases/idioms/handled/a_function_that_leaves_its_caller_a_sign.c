void wait_for_any(fd_set *readable, int highest, int *ready) {
    *ready = select(highest + 1, readable, NULL, NULL, NULL);
    if (*ready < 0 && errno == EINTR) { *ready = 0; return; }
}
