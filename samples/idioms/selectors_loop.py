"""A loop on selectors. From Python 3.5 on an interrupted select() waits for the time that is left and
returns an empty list at its end (PEP 475), so there is nothing to handle: the loop over the events has
nothing to do, and what stands behind it runs. A signal wakes the loop through set_wakeup_fd.
"""

import selectors
import signal
import socket
import time

RUN_SECONDS = 0.3
TICK = 0.02  # seconds that the wait lasts at most


class Server:
    def __init__(self):
        self.passes = 0
        self.housekeeping_runs = 0
        self.signals = 0
        self.selector = selectors.DefaultSelector()
        self.wakeup, self.waker = socket.socketpair()
        for end in (self.wakeup, self.waker):
            end.setblocking(False)
        self.selector.register(self.wakeup, selectors.EVENT_READ, self.read_signals)

    def read_signals(self, wakeup):
        self.signals += len(wakeup.recv(4096))

    def keep_house(self):
        self.housekeeping_runs += 1

    def serve_until(self, end):
        while time.monotonic() < end:
            self.passes += 1
            for key, _ in self.selector.select(TICK):
                key.data(key.fileobj)
            self.keep_house()

    def close(self):
        self.selector.close()
        self.wakeup.close()
        self.waker.close()


def main():
    server = Server()
    signal.set_wakeup_fd(server.waker.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGALRM, lambda signum, frame: None)
    signal.setitimer(signal.ITIMER_REAL, 0.003, 0.003)
    try:
        server.serve_until(time.monotonic() + RUN_SECONDS)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.set_wakeup_fd(-1)
        server.close()
    print(f"stage housekeeping runs {server.housekeeping_runs} of {server.passes} passes")
    print(f"signals read {server.signals}")


if __name__ == "__main__":
    main()
