void run(int queue) {
    struct epoll_event events[8];
    int i;
    for (;;) {
        int r = epoll_wait(queue, events, 8, 1000);
        if (r < 0 && errno != EINTR)
            exit(1);
        for (i = 0; i != r; i++)
            serve(events[i].data.fd);
        sweep();
    }
}
