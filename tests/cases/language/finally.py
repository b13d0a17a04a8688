"""A finally runs on every way out of its try, so a stage in it is never skipped."""


def stage_in_finally(poller, sessions):
    while True:
        try:
            events = poller.poll(1000)
            sessions.handle(events)
        except InterruptedError:
            continue  # expect: restart
        finally:
            sessions.sweep()


def stage_behind_it(poller, sessions):
    while True:
        try:
            events = poller.poll(1000)
        except InterruptedError:
            continue  # expect: restart-skips-stages
        finally:
            sessions.count()
        sessions.handle(events)
        sessions.sweep()  # owed


def stage_in_else(poller, sessions):
    while True:
        try:
            events = poller.poll(1000)
        except InterruptedError:  # expect: restart-skips-stages
            pass
        else:
            sessions.handle(events)
            sessions.sweep()  # owed
