signal.signal(signal.SIGTERM, note)

def wait_for(pid):
    while True:
        try:
            return os.waitpid(pid, 0)
        except OSError as e:
            if e.errno == errno.EINTR:
                pass
            return -e.errno, 0
