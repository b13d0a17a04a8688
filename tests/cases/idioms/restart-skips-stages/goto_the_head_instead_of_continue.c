void run(void) {
again:
    r = poll(fds, n, 100);
    if (r < 0) { if (errno == EINTR) goto again; die("poll"); }
    expire();
    goto again;
}
