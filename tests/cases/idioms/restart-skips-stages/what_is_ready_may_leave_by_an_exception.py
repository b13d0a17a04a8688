def run(self):
    while self.tasks:
        try:
            events = self.polling.poll(1000.0)
        except select.error as error:
            if error.args[0] == errno.EINTR:
                continue
            raise
        for fd, event in events:
            if event & select.POLLNVAL:
                raise RuntimeError(fd)
            self.handle(fd, event)
        self.fire_timers()
