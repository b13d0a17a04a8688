void f(void)
{
    int fd;
    while (poll(fds, 1, -1) == -1 && errno == EINTR)
        x = va_arg(list, );
}
