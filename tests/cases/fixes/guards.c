/* The incident's shape: two restarts in front of a fatal test, mixed tabs and blanks. */
void run(void)
{
    for (;;) {
	int r;

	spawn_schedule(now);
	r = pselect(maxfd, &rfds, NULL, NULL, tvptr, &mask);
	if (r == -1 && errno == EAGAIN) continue;
	if (r == -1 && errno == EINTR) continue;
	if (r == -1) {
	    fatal("select failed");
	}
	if (FD_ISSET(fd, &rfds))
	    read_message(fd);
	gettimeofday(&now, 0);
	child_janitor(now);
    }
}
