void run(void) {
    do {
        r = poll(fds, n, 100);
        switch (r) {
        case -1:
            if (errno == EINTR) continue;
            break;
        default:
            serve(fds);
        }
    } while (r > 0);
}
