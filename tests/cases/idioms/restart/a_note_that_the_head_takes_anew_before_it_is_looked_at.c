void run(struct server *server) {
    for (;;) {
        server->knows_time = 0;
        prepare(server);
        int r = poll(fds, n, 100);
        if (r == -1 && errno == EINTR) continue;
        server->knows_time = 0;
        if (r > 0) serve(server);
    }
}
