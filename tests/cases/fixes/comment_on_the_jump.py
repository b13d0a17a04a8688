import errno
import select


def run(fd, expire, serve):
    while True:
        try:
            ready = select.select([fd], [], [], 1)[0]
        except select.error as error:
            if error.args[0] == errno.EINTR:
                continue  # a signal's flag is looked at below
            raise
        expire()
        if ready:
            serve(fd)
