import select
import signal


def wake(number, frame):
    raise InterruptedError


def serve(listener, sessions):
    signal.signal(signal.SIGHUP, wake)
    while True:
        try:
            readable, _, _ = select.select([listener], [], [], 1.0)
        except InterruptedError:
            continue
        if listener in readable:
            sessions.accept(listener)
