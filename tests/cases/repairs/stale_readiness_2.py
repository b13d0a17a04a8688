import errno
import select


def serve(listener, sessions):
    while True:
        try:
            readable, _, _ = select.select([listener], [], [], 1.0)
        except select.error as error:
            if error.args[0] != errno.EINTR:
                raise
        if listener in readable:
            sessions.accept(listener)
        sessions.sweep()
