import errno
import select


def serve(self):
    quiet = 0
    while quiet < 3:
        try:
            events = self.poller.poll(1000)
        except OSError as e:
            if e.errno == errno.EINTR:
                continue
            raise
        if not events:
            quiet += 1
        self.tick()
        for fd, what in events:
            self.take(fd)
    self.close()
