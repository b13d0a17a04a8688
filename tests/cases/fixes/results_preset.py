import errno
import select


def serve(self):
	while self.running:
		r, w = [], []
		try:
			r, w, _ = select.select(self.readers, self.writers, [], 1.0)
		except select.error, e:
			if e[0] != errno.EINTR:
				raise
			continue
		for fd in r:
			self.read(fd)
		self.expire()
