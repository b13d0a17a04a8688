void run(void) {
    for (i = 0; i < n; i++) {
        if (read(clients[i].fd, buf, sizeof buf) < 0 && errno == EINTR) continue;
        serve(i);
    }
}
