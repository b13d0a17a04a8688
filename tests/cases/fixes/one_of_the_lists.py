import errno
import select


def run(sock, expire, serve):
    while True:
        try:
            readable = select.select([sock], [], [], 1)[0]
        except OSError as error:
            if error.errno == errno.EINTR:
                continue
            raise
        expire()
        for ready in readable:
            serve(ready)
