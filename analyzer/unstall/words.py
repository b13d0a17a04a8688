"""Words that tell what is for us, in a module that imports nothing, since `entry` has no time for more."""

INTERRUPTS: dict[str, tuple[str, ...]] = {
    "c": ("eintr",),
    "python": ("eintr", "interrupted", "select.error"),
}
"""What an interrupt's error is called, by language, in lower case; parts of longer names count (``WSAEINTR``,
``is_eintr``).
"""
WOULD_BLOCK: dict[str, tuple[str, ...]] = {
    "c": ("eagain", "wouldblock"),
    "python": ("eagain", "wouldblock", "blockingioerror"),
}
"""The same of an operation that would block; it matters to waits for many descriptors."""
UNTOLD = (
    *("select", "pselect", "poll", "ppoll", "pollts", "epoll_wait", "epoll_pwait", "epoll_pwait2", "kevent"),
    *("kevent64", "port_get", "port_getn", "io_getevents", "event_base_loop"),
    *("nanosleep", "clock_nanosleep", "sigwait", "sigwaitinfo", "sigtimedwait", "sem_timedwait", "semtimedop"),
    *("pthread_cond_timedwait", "msgrcv", "msgsnd", "mq_receive", "mq_timedreceive"),
)
"""The catalogue's functions that a search for findings looks for: see `WaitSpec.matters_untold`."""
MARK = b"unstall:"
"""What a comment that speaks to us has in it."""
CI = {"GITHUB_ACTIONS": "github", "GITLAB_CI": "gitlab"}
"""What a CI system sets to ``true``, and the format that it reads."""
