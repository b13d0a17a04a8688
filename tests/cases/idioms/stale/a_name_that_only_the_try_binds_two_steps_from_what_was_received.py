import errno, zmq
def pump(self):
    try:
        parts = self.socket.recv_multipart(zmq.NOBLOCK)
        load = self.codec.loads(parts[0])
    except zmq.ZMQError as e:
        if e.errno != errno.EINTR:
            raise
    self.serve(load)
