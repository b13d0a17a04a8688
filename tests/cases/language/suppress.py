"""`with suppress(…)` is a handler with an empty body."""
import contextlib
from contextlib import suppress


def stage_within(poller, sessions):
    while True:
        with suppress(InterruptedError):  # expect: restart-skips-stages
            events = poller.poll(1000)
            sessions.handle(events)
            sessions.sweep()  # owed


def stage_behind(poller, sessions):
    while True:
        events = []
        with contextlib.suppress(InterruptedError):  # expect: handled
            events = poller.poll(1000)
        sessions.handle(events)
        sessions.sweep()
