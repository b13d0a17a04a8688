def run(self):
    while True:
        r = []
        try:
            r, w, x = select.select(self.fds, [], [], 1.0)
        except InterruptedError:
            pass
        for fd in r:
            self.serve(fd)
        self.expire()
