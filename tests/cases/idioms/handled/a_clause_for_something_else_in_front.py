def run(self):
    while True:
        try:
            r, w, x = select.select(self.fds, [], [], 1.0)
        except KeyboardInterrupt:
            continue
        except select.error as e:
            if e.args[0] != errno.EINTR:
                raise
            r = []
        for fd in r:
            self.serve(fd)
        self.expire()
