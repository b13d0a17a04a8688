import errno
import select


def serve(self):
    while self.running:
        try:
            ready = dict(self.poller.poll(100))
        except OSError as e:
            if e.errno in (errno.EINTR, errno.EAGAIN):
                self.interrupts += 1
                continue  # a signal
            self.log.error("poll failed")
            raise
        if self.socket in ready:
            self.receive()
        self.heartbeat()
