void run(void)
{
    for (;;) {
        if ((r = select(n, &rfds, NULL, NULL, &tv)) == -1 && errno == EINTR)
            continue;   /* a signal */
        else if (r == -1)
            fatal("select");
        if (FD_ISSET(fd, &rfds))
            serve(fd);
        sweep();
    }
}
