static int receive_events(int queue, struct epoll_event *events, int room, int ms)
{
    return epoll_wait(queue, events, room, ms);
}

void run(void)
{
    while (running) {
        r = receive_events(fd, events, 64, 1000);
        if (r == 0)
            goto alive;
        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            break;
        if (events[0].data.fd == fd)
            serve(fd);
alive:
        sweep_sessions();
    }
}
