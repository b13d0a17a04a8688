"""The real mode: the master's loop on Linux, with processes, signals and sockets. Reached on Linux only."""
