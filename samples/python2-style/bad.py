"""A small chat relay in the Python 2 style, on select.select.

    python bad.py SECONDS STORM_MS

Every line that one member says goes to all the others. Members that have been silent for too long
are asked to leave, and the relay notes its load at fixed times. It runs for SECONDS while a timer
interrupts it every STORM_MS (0: never), and prints at the end how often each stage of its loop ran.

It runs on Python 2.7 and 3. From Python 3.5 on, select.select waits again after a signal (PEP 475),
so there the handler below is never entered.
"""

from __future__ import print_function

import errno
import os
import select
import signal
import socket
import sys
import time

TICK = 0.05  # seconds that the wait lasts at most
IDLE_AFTER = 0.3  # seconds without a line
NOTE_EVERY = 0.1  # seconds
MEMBERS = 4


class Relay(object):
    """The members, and how often each stage of the loop has run."""

    def __init__(self, sockets):
        now = time.time()
        self.last_line = dict((member, now) for member in sockets)
        self.lines = 0
        self.left = 0
        self.notes = []
        self.note_due = now + NOTE_EVERY
        self.runs = {"relay": 0, "expire": 0, "note": 0}

    def relay_lines(self, readable, now):
        self.runs["relay"] += 1
        for member in readable:
            line = member.recv(256)
            if not line:
                self.remove(member)
                continue
            self.lines += 1
            self.last_line[member] = now
            for other in self.last_line:
                if other is not member:
                    other.send(line)

    def remove(self, member):
        del self.last_line[member]
        member.close()

    def expire_idle(self, now):
        self.runs["expire"] += 1
        for member, last in list(self.last_line.items()):
            if now - last >= IDLE_AFTER:
                self.remove(member)
                self.left += 1

    def note_load(self, now):
        self.runs["note"] += 1
        if now >= self.note_due:
            self.notes.append(len(self.last_line))
            self.note_due = now + NOTE_EVERY


def run_loop(relay, seconds):
    passes = 0
    started = time.time()
    while time.time() - started < seconds:
        passes += 1
        try:
            readable, _, _ = select.select(list(relay.last_line), [], [], TICK)
        except select.error as e:
            if e.args[0] == errno.EINTR:
                continue
            raise

        now = time.time()
        if readable:
            relay.relay_lines(readable, now)
        relay.expire_idle(now)
        relay.note_load(now)
    return passes


def start_members(near, far):
    """Forks a process in which each member says one line and falls silent. Returns its pid."""
    pid = os.fork()
    if pid != 0:
        return pid
    try:
        for end in near:
            end.close()
        for member in far:
            member.send(b"hello\n")
            time.sleep(0.01)
        signal.alarm(60)
        signal.pause()
    finally:
        os._exit(0)


def print_counts(relay, passes, interrupts):
    print("passes %d, signals %d" % (passes, interrupts))
    for stage in sorted(relay.runs):
        print("stage %s runs %d of %d passes" % (stage, relay.runs[stage], passes))
    print("lines %d, load noted %d times" % (relay.lines, len(relay.notes)))
    print("members sent away %d, still here %d" % (relay.left, len(relay.last_line)))


def main(seconds, storm):
    interrupts = []
    pairs = [socket.socketpair() for _ in range(MEMBERS)]
    near = [pair[0] for pair in pairs]
    far = [pair[1] for pair in pairs]
    members = start_members(near, far)
    try:
        signal.signal(signal.SIGALRM, lambda signum, frame: interrupts.append(signum))
        signal.setitimer(signal.ITIMER_REAL, storm, storm)
        relay = Relay(near)
        passes = run_loop(relay, seconds)
        signal.setitimer(signal.ITIMER_REAL, 0)
        print_counts(relay, passes, len(interrupts))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        os.kill(members, signal.SIGKILL)
        os.waitpid(members, 0)
        for end in near + far:
            end.close()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: bad.py SECONDS STORM_MS")
    main(float(sys.argv[1]), float(sys.argv[2]) / 1000)
