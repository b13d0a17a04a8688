int look(int limit)
{
    int n = poll(fds, count, limit);
    if (n == -1)
        return errno == EINTR ? 0 : -1;
    serve(fds);
    return n;
}
