import select


def serve(self):
    while True:
        try:
            r, _, _ = select.select(self.readers, [], [], 1.0)
            for fd in r:
                self.read(fd)
            self.expire()
        except InterruptedError:
            continue
