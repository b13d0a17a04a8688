def lines(child, out):
    while True:
        try:
            while True:
                line = child.stdout.readline()
                if not line:
                    break
                out.write(line)
        except OSError as e:
            if e.errno == errno.EINTR:
                continue
            raise
        else:
            break
