def look(self, timeout):
    ready = []
    done = False
    while not done and self.read:
        try:
            ready, w, x = select.select(self.read, [], [], timeout)
            done = True
        except select.error as e:
            if e.args[0] != errno.EINTR:
                raise
    return ready
