class Server(Base):
    def run(self):
        while True:
            try:
                self.ready, _, _ = select.select(self.sockets, [], [], 1.0)
            except OSError as error:
                if error.errno == errno.EINTR:
                    continue
                raise
            self.serve()
            self.serve_more()

    def serve(self):
        for ready in self.each():
            ready.serve()

    def each(self):
        return iter(self.ready)
