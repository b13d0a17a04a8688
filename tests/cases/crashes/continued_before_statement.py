def subscript(listener, sessions):
    while True:
        try:
            readable = select.select([listener], [], [], 1.0)[0]
        except select.error as e:
            if e.args[0] != errno.EINTR:
                raise
\
        sessions.handle(readable)
        sessions.sweep()
