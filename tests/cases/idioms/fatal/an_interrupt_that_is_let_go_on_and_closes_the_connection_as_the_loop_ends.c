void on_child(int number) { got = 1; }
void run(int fd) {
    signal(SIGCHLD, on_child);
    for (;;) {
        do {
            r = poll(fds, 1, 100);
            if (r == -1 && errno != EINTR) { close_client(fd); return; }
        } while (r == 0);
        if (r < 0) { close_client(fd); return; }
        serve(fds);
    }
}
