int main(void) {
    for (;;) {
        if (poll(fds, n, -1) < 0 && errno == EINTR) continue;
        serve();
    }
}
