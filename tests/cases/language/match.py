"""match on errno is a switch without fall-through."""
import errno
import select


def restarts(listener, sessions):
    while True:
        try:
            readable = select.select([listener], [], [], 1.0)[0]
        except OSError as error:
            match error.errno:
                case errno.EINTR | errno.EAGAIN:
                    continue  # expect: restart-skips-stages
                case _:
                    raise
        sessions.handle(readable)
        sessions.sweep()  # owed


def goes_on(listener, sessions):
    while True:
        readable = []
        try:
            readable = select.select([listener], [], [], 1.0)[0]
        except OSError as error:
            match error.errno:  # expect: handled
                case errno.EINTR:
                    pass
                case _:
                    raise
        sessions.handle(readable)
        sessions.sweep()
