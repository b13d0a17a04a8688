"""Results that are set before the try are what an interrupted wait leaves."""
import select


def empty(listener, sessions):
    while True:
        readable = []
        try:
            readable, _, _ = select.select([listener], [], [], 1.0)
        except InterruptedError:  # expect: handled
            pass
        for item in readable:
            sessions.accept(item)
        sessions.sweep()


def left_from_the_last_round(listener, sessions):
    readable = []
    while True:
        try:
            readable, _, _ = select.select([listener], [], [], 1.0)
        except InterruptedError:  # expect: stale
            pass
        for item in readable:
            sessions.accept(item)
        sessions.sweep()
