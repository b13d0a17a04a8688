def run(self):
    while True:
        try:
            for fd, event in self.poller.poll():
                self.serve(fd)
        except select.error as e:
            if e.args[0] != errno.EINTR:
                self.complain(e)
