void run(void)
{
	for (;;) {
		int n = select(maxfd + 1, &rfds, &wfds, NULL, &tv);

		if (n < 0) {
			if (errno == EINTR) {
				interrupts++;
				continue;
			}
			/* nothing to be done */
			log_error("select");
			exit(1);
		}
		for (int i = 0; i < nclients; i++)
			if (FD_ISSET(clients[i], &rfds))
				serve(i);
		sweep_clients();
	}
}
