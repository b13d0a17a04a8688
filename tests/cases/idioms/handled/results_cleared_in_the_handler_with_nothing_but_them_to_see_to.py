def run(self):
    while True:
        try:
            r, w, x = select.select(self.fds, [], [], 1.0)
        except InterruptedError:
            r = []
        for fd in r:
            self.serve(fd)
