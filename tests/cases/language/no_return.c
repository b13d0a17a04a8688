/* A call that does not return ends the way, by its name, its attribute, or what its body does. */
static void give_up(const char *why) __attribute__((noreturn));
static void quit(int status)
{
    tidy();
    exit(status);
}

void install(void)
{
    signal(SIGCHLD, on_child);
}

void by_name(struct pollfd *fds, int n)
{
    for (;;) {
        if (poll(fds, n, 1000) == -1)
            fatal("poll");                      // expect@-1: fatal
        sweep_sessions();
    }
}

void by_attribute(struct pollfd *fds, int n)
{
    for (;;) {
        if (poll(fds, n, 1000) == -1)
            give_up("poll");                    // expect@-1: fatal
        sweep_sessions();
    }
}

void by_its_body(struct pollfd *fds, int n)
{
    for (;;) {
        if (poll(fds, n, 1000) == -1)
            quit(1);                            // expect@-1: fatal
        sweep_sessions();
    }
}

void only_for_other_errors(struct pollfd *fds, int n)
{
    for (;;) {
        if (poll(fds, n, 1000) == -1) {
            if (errno != EINTR)
                quit(1);
            continue;                           // expect: restart-skips-stages
        }
        sweep_sessions();                       // owed
    }
}
