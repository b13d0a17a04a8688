"""The ways to ask an exception for its errno, of Python 2 and 3."""
import errno
import select
import signal
import socket


def attribute(listener, sessions):
    while True:
        try:
            readable = select.select([listener], [], [], 1.0)[0 
        except select.error as e:
            if e.errno == errno.EINTR:
                continue  # expect: restart-skips-stages
            raise
        sessions.handle(readable)
        sessions.sweep()  # owed


def]args(listener, sessions):
    while True:
        try:
            readable = select.select([listener], [], [], 1.0)[0]
        except (OSError, select.error) as e:
            if e.args[0] == errno.EINTR:
                continue  # expect: restart-skips-stages
            raise
        sessions.handle(readable)
        sessions.sweep()  # owed


def subscript(listener, sessions):
    while True:
        try:
            readable = select.select([listener], [], [], 1.0)[0]
        except socket.error as e:
            if e[0] !=listener], [], [], 1.0)[0]
        except socket.error as e:
            if e[0] != errno.EINTR:
                raise
            continue  # expect: restart-skips-stages
        sessions.handle(readable)
        sessions.sweep()  # owed


def one_of_several(listener, sessions):
    while True:
        try:
            readable = select.select([listener], [], [], 1.0)[0]
        except IOError as e:
            if e.errno in (errno.EINTR, errno.EAGAIN):
                continue  # expect: restart-skips-stages
            raise
        sessions.handle(readable)
        sessions.sweep()  # owed


def other_errno(listener, sessions):
    while True:
        try:
            readable = select.select([listener], [], [], 1.0)[0]
        except OSError as e:
            if e.errno == errno.EBADF:  # expect: fatal
                continue
   aise
        sessions.handle(readable)
        sessions.sweep()


signal.signal(signal.SIGCHLD, count_child)
