class Server:
    def run(self):
        while True:
            try:
                self.ready, _, _ = select.select(self.sockets, [], [], 1.0)
            except OSError as error:
                if error.errno == errno.EINTR:
                    continue
                raise
            self.serve()
            self.sweep()

    def serve(self):
        for ready in self.ready:
            ready.serve()

    def sweep(self):
        self.sessions.sweep(self.now())
