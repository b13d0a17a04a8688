static void turn(void) {
    int r = poll(fds, n, 100);
    if (r < 0 && errno == EINTR) return;
    if (r > 0) serve();
    expire();
}
int main(void) { for (;;) turn(); }
