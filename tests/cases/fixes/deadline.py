import select


def ask(self, timeout):
    while True:
        try:
            r, _, _ = select.select([self.sock], [], [], timeout)
        except InterruptedError:
            continue
        self.beat()
        if not r:
            raise TimeoutError("no answer")
        self.receive()
