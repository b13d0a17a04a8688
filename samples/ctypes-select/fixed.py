"""A metrics collector on the C library's select, called through ctypes.

    python bad.py SECONDS STORM_MS

Sensors write readings into a pipe; the collector adds them up, writes a report at fixed times, and
forgets sensors that have been silent for too long. It runs for SECONDS while a timer interrupts it
every STORM_MS (0: never), and prints at the end how often each stage of its loop ran.

Python's own select.select waits again after a signal (PEP 475). A call through ctypes does not: it
returns -1 with errno EINTR, as in C.
"""

import ctypes
import errno
import os
import signal
import sys
import time

FD_SETSIZE = 1024
WORD_BITS = 8 * ctypes.sizeof(ctypes.c_ulong)

TICK = 0.05  # seconds that the wait lasts at most
REPORT_EVERY = 0.1  # seconds
FORGET_AFTER = 0.3  # seconds without a reading
SENSORS = 5

libc = ctypes.CDLL(None, use_errno=True)


class FdSet(ctypes.Structure):
    _fields_ = [("words", ctypes.c_ulong * (FD_SETSIZE // WORD_BITS))]

    def add(self, fd):
        self.words[fd // WORD_BITS] |= 1 << fd % WORD_BITS

    def __contains__(self, fd):
        return bool(self.words[fd // WORD_BITS] >> fd % WORD_BITS & 1)


class Timeval(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("microseconds", ctypes.c_long)]


class Collector:
    """What the collector knows, and how often each stage of its loop has run."""

    def __init__(self, source):
        self.source = source
        self.last_heard = {}  # sensor: time of its last reading
        self.readings = 0
        self.reports = 0
        self.forgotten = 0
        self.runs = {"schedule": 0, "collect": 0, "forget": 0, "flush": 0}
        self.report_due = time.monotonic() + REPORT_EVERY
        self.unflushed = 0

    def run_schedule(self, now):
        self.runs["schedule"] += 1
        if now >= self.report_due:
            self.reports += 1
            self.unflushed += 1
            self.report_due = now + REPORT_EVERY

    def collect(self, now):
        self.runs["collect"] += 1
        for sensor in os.read(self.source, 4096):
            self.readings += 1
            self.last_heard[sensor] = now

    def forget_silent(self, now):
        self.runs["forget"] += 1
        for sensor, heard in list(self.last_heard.items()):
            if now - heard >= FORGET_AFTER:
                del self.last_heard[sensor]
                self.forgotten += 1

    def flush_reports(self):
        self.runs["flush"] += 1
        self.unflushed = 0


def run_loop(collector, seconds):
    source = collector.source
    started = now = time.monotonic()
    passes = 0
    while time.monotonic() - started < seconds:
        passes += 1
        collector.run_schedule(now)

        readable = FdSet()
        readable.add(source)
        timeout = Timeval(0, int(TICK * 1_000_000))
        ready = libc.select(source + 1, ctypes.byref(readable), None, None, ctypes.byref(timeout))
        if ready == -1 and ctypes.get_errno() == errno.EINTR:
            readable = FdSet()
            ready = 0
        if ready == -1:
            raise OSError(ctypes.get_errno(), "select failed")

        now = time.monotonic()
        if source in readable:
            collector.collect(now)
        collector.forget_silent(now)
        collector.flush_reports()
    return passes


def start_sensors(sink):
    """Forks a process in which each sensor gives two readings and falls silent. Returns its pid."""
    pid = os.fork()
    if pid != 0:
        return pid
    try:
        for _ in range(2):
            for sensor in range(SENSORS):
                os.write(sink, bytes([sensor]))
                time.sleep(0.01)
        signal.alarm(60)
        signal.pause()
    finally:
        os._exit(0)


def print_counts(collector, passes, interrupts):
    print(f"passes {passes}, signals {interrupts}")
    for stage, runs in collector.runs.items():
        print(f"stage {stage} runs {runs} of {passes} passes")
    known = len(collector.last_heard)
    print(f"readings {collector.readings}, reports {collector.reports}, not flushed {collector.unflushed}")
    print(f"sensors forgotten {collector.forgotten}, still known {known}")


def main(seconds, storm):
    interrupts = 0

    def count_interrupt(signum, frame):
        nonlocal interrupts
        interrupts += 1

    source, sink = os.pipe()
    sensors = start_sensors(sink)
    try:
        signal.signal(signal.SIGALRM, count_interrupt)
        signal.setitimer(signal.ITIMER_REAL, storm, storm)
        collector = Collector(source)
        passes = run_loop(collector, seconds)
        signal.setitimer(signal.ITIMER_REAL, 0)
        print_counts(collector, passes, interrupts)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        os.kill(sensors, signal.SIGKILL)
        os.waitpid(sensors, 0)
        os.close(source)
        os.close(sink)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: bad.py SECONDS STORM_MS")
    main(float(sys.argv[1]), float(sys.argv[2]) / 1000)
