void run(void)
{
    for (;;) {
        r = select(n, &rfds, NULL, NULL, &tv);
        if (r == -1 && errno != EINTR)
            fatal("select");
        if (r >= 0) {
            if (FD_ISSET(fd, &rfds))
                serve(fd);
            sweep();
        }
    }
}
