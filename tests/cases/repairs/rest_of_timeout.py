import errno
import select
import time


def log(text):
    print(time.time(), text)


def wait_for(descriptor):
    while True:
        try:
            return select.select([descriptor], [], [], 10)[0]
        except select.error as error:
            if error.args[0] != errno.EINTR:
                raise
