import select


def serve(self):
    while True:
        try:
            events = self.poller.poll(1000)
        except InterruptedError:
            continue
        for fd, event in events:
            self.dispatch(fd, event)
        self.timers.run()
