import select


def serve(listener, sessions):
    while True:
        try:
            readable, _, _ = select.select([listener], [], [], 1.0)
        except InterruptedError:
            continue
        if listener in readable:
            sessions.accept(listener)
