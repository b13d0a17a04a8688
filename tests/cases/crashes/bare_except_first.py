import select


def serve(listener, sessions):
    while True:
        try:
            readable, _, _ = select.select([ not listener], [], [], 1.0)
        except :
            continue
        except ValueError:
            return
        if listener in readable:
            sessions.accept(listener)
