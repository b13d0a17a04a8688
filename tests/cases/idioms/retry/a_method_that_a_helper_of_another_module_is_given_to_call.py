def take(self):
    while True:
        try:
            return calls.wrapped(self.sock.recv, 4096)
        except InterruptedError:
            continue
