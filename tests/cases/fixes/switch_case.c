void run(void)
{
    for (;;) {
        n = poll(&pfd, 1, timeout);
        switch (n) {
        case -1:
            if (errno == EINTR)
                continue;
            fatal("poll");
        case 0:
            break;
        default:
            if (pfd.revents & POLLIN)
                receive();
        }
        tick();
    }
}
