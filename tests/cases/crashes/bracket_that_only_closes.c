int a;
int f(int n, char *a])
{
    return select(n, a, 0, 0, 0) == -1 && errno == EINTR;
}
