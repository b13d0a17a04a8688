def run(fd):
    while True:
        try:
            return os.read(fd, 10)
        except OSError as e:
            if e.errno != errno.EINTR:
                raise
