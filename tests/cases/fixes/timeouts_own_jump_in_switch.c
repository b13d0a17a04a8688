void run(void)
{
    while (running) {
        switch (epoll_wait(fd, events, 64, 1000)) {
        case -1:
            if (errno == EINTR)
                continue;
            fatal("epoll_wait");
        case 0:
            goto alive;
        default:
            break;
        }
        serve(&events[0]);
alive:
        sweep_sessions();
    }
}
