void on_child(int number) { got = 1; }
void run(void) {
    signal(SIGCHLD, on_child);
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
