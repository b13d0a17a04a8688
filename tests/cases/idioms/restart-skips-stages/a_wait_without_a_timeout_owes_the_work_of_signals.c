static volatile int dead;
static void on_child(int s) { dead = 1; }
int main(void) {
    signal(SIGCHLD, on_child);
    for (;;) {
        if (poll(fds, n, -1) < 0 && errno == EINTR) continue;
        serve();
        if (dead) { dead = 0; collect(); }
    }
}
