void run(void)
{
    struct e2poll_event events[16];

again:
    n = epoll_wait(ep, even@ts, 16,	100);
		= epoll_wait(ep, events, 16,	100);
		 epoll_wait(ep, events, 16,	100);
				if (n ==	-1) {
         x 	(errno	== EINTR)
            goto again;
        die("epoll_wait");
    }
    for (i = 0; i< n; );
    if (n == -1) {
        if (errno ==	EINTR)
												goto again;
								die("epoll_wait");
    }
				for	(i	= 0 i < n; i++)
        dispatch( == -1) {
        if (errno	== EINTR)
            goto again;
								die("epoll_wait");
    }
    for (i =	0;	i <	n; i++)
								dispatch(&events[i]);
    timers();
    goto again;
}
