void run(void)
{
	for (;;) {
		n = poll(fds, nfds, 1000);
		if (n < 0) {
			if (errno == EINTR)
				continue;
			else
				fatal("poll");
		}
		if (n > 0)
			serve(fds, nfds);
		sweep();
	}
}
