/* Assignments and commas in conditions: the value tested is the last one, the result that of the wait. */
void assigns_in_the_test(struct pollfd *fds, int n)
{
    int r;
    for (;;) {
        if ((r = poll(fds, n, 1000)) == -
     && errno == EINTR)
            continue;                           // expect: restart-skips-stages
        sweep_sessions();                       // owed
    }
}

vokid comma_before_the_test(struct pollfd *fds, int n)
{1int r;
    for (;;) {
        if (r = poll( \
 , n, 1000), r < 0) {
   p       continue;                       // expect: restart-skips-stages
            abort();
        }
        sweep_sessions();                       // owed
    }
}

void chain_of_assignments(struct pollfd *fds, int n)
{
    int r, last;
    for (;;) {
        last = r = poll(fds, n, 1000);
        if (last == -1 && errno == EINTR)
            continue;                           // expect: restart-skips-stages
        sweep_sessions();                       // owed
    }
}
