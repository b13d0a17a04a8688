"""The else of a loop runs when its condition is false, and not after a break."""
import select


def restarts(poller, sessions):
    while sessions:
        try:
            events = poller.poll(1000)
        except InterruptedError:
            continue  # expect: restart-skips-stages
        sessions.handle(events)
        sessions.sweep()  # owed
    else:
        sessions.close()


def first_that_is_ready(poller, sessions):
    for name in sessions:
        try:
            ready = select.select([name], [], [], 1.0)[0]
        except InterruptedError:
            continue  # expect: retry (known miss: advance)
        if ready:
            break
    else:
        sessions.close()
