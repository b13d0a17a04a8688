def run(self):
    while True:
        try:
            self.watch(self.poller)
            try:
                events = self.poller.poll(1000)
            finally:
                self.leave(self.poller)
        except OSError as e:
            if e.errno == errno.EINTR:
                continue
            raise
        for fd, event in events:
            self.serve(fd)
        self.expire()
