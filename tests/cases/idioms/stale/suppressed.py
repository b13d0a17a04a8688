def run(self):
    while True:
        with contextlib.suppress(InterruptedError):
            ready = select.select(self.fds, [], [], 1.0)[0]
        for fd in ready:
            self.serve(fd)
        self.expire()
