import errno
import select


def serve(self):
    while True:
        try:
            events = self.poller.poll(1000)
        except OSError as e:
            if e.errno == errno.EINTR:
                self.unlock()
                continue
            raise
        else:
            self.take(events)
        self.tick()
        self.unlock()
