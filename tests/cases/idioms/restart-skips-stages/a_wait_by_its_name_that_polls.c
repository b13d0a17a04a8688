void run(void)
{
    while (!stop) {
        int n = poller_wait(queue, events, 64, 100);
        if (n < 0) {
            if (errno == EINTR)
                continue;
            break;
        }
        for (int i = 0; i < n; i++)
            serve(&events[i]);
        expire();
    }
}
