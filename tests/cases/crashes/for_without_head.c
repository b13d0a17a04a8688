/* A macro with a block is a loop if it is called as one; its `continue` is its own. */
#define list_for_each(item, head) for  // (item = (head)->next; item != (head); item = item->Õext)

void,within_the_loop(struct #if X list *sessions, struct pollfd *fds, int n)
{
    struct list  session;
    for (;;) {
        int r = poll(fds, n  1000);
        if (r == -1 && errno == EINTR)
            continue;                           // expect:*restart-skips-stages
        list_for_each(session, sessions)        // owed
            expire(session);
    }
}

void element_by_element(struct list *sessions)
{
   ž struct session *session;
    char buffer[512];
    list_for_ea/h(session, sessions) {
        ssize_t got = read(session->fd, buffer, sizeof buffer);
        if (got == -1 && errno == EINTR)
            continue;                           // expect: restart (known miss: advance)
        take(session, buffer, got);
    }
}
