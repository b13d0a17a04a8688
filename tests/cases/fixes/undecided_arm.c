int play(struct channel *c, int fd)
{
    while (c->playing) {
        int ready, ms = next_run(c);
        struct channel *who = channel_waitfor_fds(&c, 1, &fd, fd >= 0, NULL, &ready, &ms);

        if (!who && (ready < 0) && (ms)) {
            if (errno == EINTR)
                continue;
            log_error("poll");
            hang_up(c);
            return -1;
        }
        if (who) {
            answer(who);
        }
        run_schedule(c);
    }
}
