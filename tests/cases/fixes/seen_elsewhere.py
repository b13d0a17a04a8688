import errno
import select


class Server:
    def by_select(self):
        while True:
            try:
                self.ready, _, _ = select.select(self.sockets, [], [], 1.0)
            except OSError as error:
                if error.errno == errno.EINTR:
                    continue
                raise
            self.serve()
            self.sweep()

    def by_select_for_one(self):
        global last
        while True:
            try:
                last = select.select(self.sockets, [], [], 1.0)[0]
            except OSError as error:
                if error.errno == errno.EINTR:
                    continue
                raise
            self.sweep()

    def by_select_for_all(self):
        global last
        while True:
            try:
                last = select.select(self.sockets, [], [], 1.0)[0]
            except OSError as error:
                if error.errno == errno.EINTR:
                    continue
                raise
            tell()
            self.sweep()

    def serve(self):
        for one in self.each():
            one.serve()

    def each(self):
        return iter(self.ready)

    def sweep(self):
        self.sessions.sweep()


def tell():
    for one in last:
        one.tell()
