/* `continue` in do…while goes to the condition, which decides whether there is another round. */
void restarts(struct pollfd *fds, int n)
{
    do {
        int r = poll(fds, n, 1000);
        if (r == -1 && errno == EINTR)
            continue;                           // expect: restart-skips-stages
        sweep_sessions();                       // owed
    } while (!stopping);
}

int condition_is_false(struct pollfd *fds, int n)
{
    int r;
    do {
        r = poll(fds, n, 1000);
        if (r == -1 && errno == EINTR)
            continue;                           // expect: handled
        if (r > 0)
            serve(fds, n);
    } while (r > 0);
    return r;
}

int retries(struct pollfd *fds, int n)
{
    int r;
    do
        r = poll(fds, n, 1000);
    while (r == -1 && errno == EINTR);          // expect: retry
    return r;
}
