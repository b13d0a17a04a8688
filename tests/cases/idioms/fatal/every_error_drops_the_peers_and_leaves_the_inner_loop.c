void on_child(int number) { got = 1; }
void run(void) {
    signal(SIGCHLD, on_child);
    while (!stopping) {
        int r = 0;
        while (!r) {
            fill(fds);
            r = poll(fds, n, 100);
            if (r == -1) { disconnect_peers(); break; }
            if (r) serve(fds);
        }
    }
}
