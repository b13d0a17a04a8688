#ifdef HAVE_EPOLL
#define WAIT_FOR(n, events, ms) do { \
	struct timer t; \
	timer_start(&t); \
	(n) = epoll_wait(ep, (events), 16, (ms)); \
    } while (0)
#endif

void serve(int ms)
{
    int i, n;

    for (;;) {
#ifndef HAVE_EPOLL
	struct timeval tv = { 1, 0 };
	fd_set rfds = asked;

	n = select(top, &rfds, NULL, NULL, &tv);
	if (n < 0) {
	    if (errno != EINTR)
		die("select");
	    continue;
	}
	if (n > 0)
	    answer(&rfds);
#else
	WAIT_FOR(n, events, ms);
	if (n < 0) {
	    if (errno != EINTR)
		die("epoll_wait");
	    continue;
	}
	for (i = 0; i < n; i++)
	    dispatch(&events[i]);
#endif
	expire_sessions();
    }
}
