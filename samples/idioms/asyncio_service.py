"""A service on asyncio. The library owns the wait; a signal handler is a callback of its loop, and the
housekeeping a task of its own, so neither stands behind anybody's interrupted wait.
"""

import asyncio
import contextlib
import signal

RUN_SECONDS = 0.3
HOUSEKEEPING_SECONDS = 0.02


class Service:
    def __init__(self):
        self.signals = 0
        self.housekeeping_runs = 0
        self.lines = 0

    def on_signal(self):
        self.signals += 1

    async def keep_house(self):
        while True:
            await asyncio.sleep(HOUSEKEEPING_SECONDS)
            self.housekeeping_runs += 1

    async def serve(self, reader, writer):
        while line := await reader.readline():
            self.lines += 1
            writer.write(line)
            await writer.drain()
        writer.close()

    async def run(self):
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGALRM, self.on_signal)
        signal.setitimer(signal.ITIMER_REAL, 0.003, 0.003)
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        housekeeping = asyncio.create_task(self.keep_house())
        try:
            await talk(*server.sockets[0].getsockname())
            await asyncio.sleep(RUN_SECONDS)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            server.close()
            housekeeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await housekeeping


async def talk(host, port):
    """Says one line to the service and reads its echo."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(b"hello\n")
    await reader.readline()
    writer.close()
    await writer.wait_closed()


def main():
    service = Service()
    asyncio.run(service.run())
    print(f"housekeeping runs {service.housekeeping_runs} times, signals {service.signals}")
    print(f"lines {service.lines}")


if __name__ == "__main__":
    main()
