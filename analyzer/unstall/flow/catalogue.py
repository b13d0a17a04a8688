"""The catalogue of waits, and of calls that are known to be harmless where a loop's work is weighed.

Sources: POSIX.1-2017 and the Linux man pages (sections 2 and 3) of each call, signal(7) for which of them EINTR ends;
port_getn(3C) of illumos; for Python the library reference and PEP 475.
"""

import math
import re
from collections.abc import Callable, Collection, Iterator
from functools import cached_property, lru_cache

from unstall.flow.values import ZERO, Num
from unstall.flow.waits import Reporting, WaitKind, WaitSpec
from unstall.source import Language, places


class NamePattern:
    """A pattern over names, compiled when it is first asked: most runs meet no wait, and need none."""

    def __init__(self, pattern: str, flags: re.RegexFlag = re.NOFLAG) -> None:
        self.pattern = pattern
        self.flags = flags

    @cached_property
    def search(self) -> Callable[[str], re.Match[str] | None]:
        """The search of the compiled pattern."""
        return re.compile(self.pattern, self.flags).search

    @cached_property
    def match(self) -> Callable[[str], re.Match[str] | None]:
        """The match of the compiled pattern, at the start of a name."""
        return re.compile(self.pattern, self.flags).match


_M, _T, _C = WaitKind.MULTIPLEX, WaitKind.TRANSFER, WaitKind.CHILD
_S, _G, _L, _Q = WaitKind.SLEEP, WaitKind.SIGNAL, WaitKind.LOCK, WaitKind.MESSAGE
_FD = Num(0, math.inf)


def _transfer(name: str, arguments: int, *results: int, ready: Num | None = None) -> WaitSpec:
    spec = WaitSpec(name, _T, arity=(arguments, arguments), results=results, descriptor=0)
    return spec if ready is None else WaitSpec(name, _T, arity=spec.arity, results=results, descriptor=0, ready=ready)


C_WAITS: dict[str, WaitSpec] = {
    spec.name: spec
    for spec in (
        WaitSpec("select", _M, arity=(5, 5), timeout=4, timeout_keeps_rest=True, results=(1, 2, 3)),
        WaitSpec("pselect", _M, arity=(6, 6), timeout=4, results=(1, 2, 3), swaps_mask=True),
        WaitSpec("poll", _M, arity=(3, 3), timeout=2, timeout_is_number=True, results=(0,)),
        WaitSpec("ppoll", _M, arity=(4, 4), timeout=2, results=(0,), swaps_mask=True),
        WaitSpec("pollts", _M, arity=(4, 4), timeout=2, results=(0,), swaps_mask=True),
        WaitSpec("epoll_wait", _M, arity=(4, 4), timeout=3, timeout_is_number=True, results=(1,)),
        WaitSpec("epoll_pwait", _M, arity=(5, 6), timeout=3, timeout_is_number=True, results=(1,), swaps_mask=True),
        WaitSpec("epoll_pwait2", _M, arity=(5, 5), timeout=3, results=(1,), swaps_mask=True),
        WaitSpec("kevent", _M, arity=(6, 6), timeout=5, results=(3,)),
        WaitSpec("kevent64", _M, arity=(7, 7), timeout=6, results=(3,)),
        WaitSpec("port_getn", _M, arity=(5, 5), timeout=4, results=(1, 3), ready=ZERO, timeout_errno="ETIME"),
        WaitSpec("port_get", _M, arity=(3, 3), timeout=2, results=(1,), ready=ZERO, timeout_errno="ETIME"),
        WaitSpec("io_getevents", _M, Reporting.NEGATED, arity=(5, 5), timeout=4, results=(3,)),
        WaitSpec("event_base_loop", _M, arity=(2, 2), ready=_FD),
        _transfer("accept", 3, ready=_FD),
        _transfer("accept4", 4, ready=_FD),
        _transfer("connect", 3, ready=ZERO),
        _transfer("read", 3, 1),
        _transfer("pread", 4, 1),
        _transfer("readv", 3, 1),
        _transfer("recv", 4, 1),
        _transfer("recvfrom", 6, 1),
        _transfer("recvmsg", 3, 1),
        _transfer("recvmmsg", 5, 1),
        _transfer("write", 3),
        _transfer("pwrite", 4),
        _transfer("writev", 3),
        _transfer("send", 4),
        _transfer("sendto", 6),
        _transfer("sendmsg", 3),
        _transfer("sendmmsg", 4),
        _transfer("sendfile", 4),
        _transfer("splice", 6),
        _transfer("getrandom", 3, 0),
        _transfer("close", 1, ready=ZERO),
        WaitSpec("open", _T, arity=(2, 3), ready=_FD),
        WaitSpec("openat", _T, arity=(3, 4), ready=_FD),
        _transfer("tcdrain", 1, ready=ZERO),
        WaitSpec("fgets", _T, Reporting.POINTER, arity=(3, 3), results=(0,)),
        WaitSpec("fread", _T, arity=(4, 4), results=(0,)),
        WaitSpec("wait", _C, arity=(1, 1), results=(0,)),
        WaitSpec("waitpid", _C, arity=(3, 3), results=(1,)),
        WaitSpec("wait3", _C, arity=(3, 3), results=(0,)),
        WaitSpec("wait4", _C, arity=(4, 4), results=(1,)),
        WaitSpec("waitid", _C, arity=(4, 4), results=(2,), ready=ZERO),
        WaitSpec("nanosleep", _S, arity=(2, 2), timeout=0, ready=ZERO),
        WaitSpec("clock_nanosleep", _S, Reporting.CODE, arity=(4, 4), timeout=2),
        WaitSpec("usleep", _S, arity=(1, 1), timeout=0, timeout_is_number=True, ready=ZERO),
        WaitSpec("sleep", _S, Reporting.REMAINING, arity=(1, 1), timeout=0, timeout_is_number=True),
        WaitSpec("sigwaitinfo", _G, arity=(2, 2), results=(1,)),
        WaitSpec("sigtimedwait", _G, arity=(3, 3), timeout=2, results=(1,), timeout_errno="EAGAIN"),
        WaitSpec("sigwait", _G, Reporting.CODE, arity=(2, 2), results=(1,)),
        WaitSpec("sem_wait", _L, arity=(1, 1), ready=ZERO),
        WaitSpec("sem_timedwait", _L, arity=(2, 2), timeout=1, ready=ZERO, timeout_errno="ETIMEDOUT"),
        WaitSpec("pthread_cond_timedwait", _L, Reporting.CODE, arity=(3, 3), timeout=2),
        WaitSpec("semop", _L, arity=(3, 3), ready=ZERO),
        WaitSpec("semtimedop", _L, arity=(4, 4), timeout=3, ready=ZERO, timeout_errno="EAGAIN"),
        WaitSpec("flock", _L, arity=(2, 2), ready=ZERO),
        WaitSpec("lockf", _L, arity=(3, 3), ready=ZERO),
        WaitSpec("fcntl", _L, arity=(2, 3), ready=_FD),
        WaitSpec("msgrcv", _Q, arity=(5, 5), results=(1,), ready=_FD),
        WaitSpec("msgsnd", _Q, arity=(4, 4), ready=ZERO),
        WaitSpec("mq_receive", _Q, arity=(4, 4), results=(1,), ready=_FD),
        WaitSpec("mq_timedreceive", _Q, arity=(5, 5), timeout=4, results=(1,), ready=_FD, timeout_errno="ETIMEDOUT"),
    )
}

_X = Reporting.EXCEPTION
PYTHON_WAITS: dict[str, WaitSpec] = {
    spec.name: spec
    for spec in (
        WaitSpec("select.select", _M, _X, arity=(3, 4), timeout=3, arrays=3),
        WaitSpec("poll", _M, _X, arity=(0, 2), timeout=0),
        WaitSpec("select", _M, _X, arity=(0, 2), timeout=0),
        WaitSpec("control", _M, _X, arity=(2, 3), timeout=2),
        WaitSpec("accept", _T, _X, arity=(0, 0)),
        WaitSpec("recv", _T, _X, arity=(1, 2)),
        WaitSpec("recvfrom", _T, _X, arity=(1, 2)),
        WaitSpec("recv_into", _T, _X, arity=(1, 3), results=(0,)),
        WaitSpec("recvfrom_into", _T, _X, arity=(1, 3), results=(0,)),
        WaitSpec("recvmsg", _T, _X, arity=(1, 3)),
        WaitSpec("recv_multipart", _T, _X, arity=(0, 3)),
        WaitSpec("send", _T, _X, arity=(1, 2)),
        WaitSpec("sendall", _T, _X, arity=(1, 2)),
        WaitSpec("sendto", _T, _X, arity=(2, 3)),
        WaitSpec("connect", _T, _X, arity=(1, 1)),
        WaitSpec("readline", _T, _X, arity=(0, 1)),
        WaitSpec("os.read", _T, _X, arity=(2, 2), descriptor=0),
        WaitSpec("os.write", _T, _X, arity=(2, 2), descriptor=0),
        WaitSpec("os.waitpid", _C, _X, arity=(2, 2)),
        WaitSpec("os.wait", _C, _X, arity=(0, 0)),
        WaitSpec("os.wait3", _C, _X, arity=(1, 1)),
        WaitSpec("os.wait4", _C, _X, arity=(2, 2)),
        WaitSpec("time.sleep", _S, _X, arity=(1, 1), timeout=0),
        WaitSpec("fcntl.flock", _L, _X, arity=(2, 2)),
        WaitSpec("fcntl.lockf", _L, _X, arity=(2, 5)),
        WaitSpec("signal.sigtimedwait", _G, _X, arity=(2, 2), timeout=1),
    )
}
"""Dotted names are functions of a module; bare ones are methods of any receiver."""

ERRNO_CONSTANTS = NamePattern(
    r"(?:^|_)(?:WSA)?(E(?:INTR|AGAIN|WOULDBLOCK|INPROGRESS|ALREADY|TIMEDOUT|TIME|BADF|INVAL|IO|NOMEM|PIPE|CONN\w+"
    r"|CHILD|NOBUFS|MFILE|NFILE|PERM|ACCES|FAULT|NOENT|EXIST|PROTO\w*|NET\w+|HOST\w+|NOTCONN|MSGSIZE|SRCH|NOSYS"
    r"|NOTSOCK|OPNOTSUPP|DEADLK|NOLCK|IDRM|2BIG|NOMSG|ADDR\w+|NODEV|NXIO|BUSY|CANCELED|OVERFLOW|RANGE|DOM))$"
)
"""A constant that stands for an error number, a project's own prefix allowed (``NGX_EINTR``, ``WSAEINTR``)."""

_ERRNO_NAME = NamePattern(r"(?:^|_)(?:errno|ERRNO)$|^(?:SOCK(?:ET)?_?ERRNO|SOCKERR|SOCK_LAST_ERROR|socket_last_error)$")

_ERRNO_CALL = NamePattern(
    r"(?:^|_)(?:errno|ERRNO)$|^(?:WSAGetLastError|__errno_location|_errno|get_errno|set_sockerrno|SOCK_ERRNO|SOCKET_ERRNO"
    r"|EVUTIL_SOCKET_ERROR|get_last_socket_error|(?!re?set_|clear_|save_|set_)\w+_errno(?:_\w+)?|errno_from_\w+)$"
)

ERRNO_SET = NamePattern(
    r"EINTR|WOULD_?BLOCK|EAGAIN|non_?block|(?:ignore|retry|temp)\w*err|err\w*(?:ignore|retry|temp)", re.I
)
"""A constant set of error numbers by its name (``_ERRNO_WOULDBLOCK``, ``socket_errors_nonblocking``)."""

INVALID_CONSTANTS = NamePattern(r"(?:^|_)(?:INVALID(?:_SOCKET|_FD)?|SOCKET_ERROR|SOCK_INVALID|BAD_SOCKET)$")
"""A constant for the -1 that a failed call returns (``INVALID_SOCKET``)."""

READINESS_BITS = NamePattern(r"^E?POLL(?:IN|OUT|PRI|ERR|HUP|NVAL|RDNORM|RDBAND|WRNORM|WRBAND|MSG|RDHUP)$")
"""The constants of poll(2) and epoll(7) that say what a descriptor is ready for; none of them is zero."""

ERROR_PREDICATE = NamePattern(
    r"(?:^|_)(?:IS_?(?:SOCKET_?)?ERR(?:OR)?|IS_INVALID\w*|BAD_SOCKET|FAILED)$|^(?:SOCKET_ERROR_P)$", re.I
)
"""A predicate that is true of a failed call's value (``IS_SOCKET_ERROR(r)``)."""

_ERRNO_PREDICATE = NamePattern(r"(?:^|_)(?:is_)?(EINTR|EAGAIN|EWOULDBLOCK|EINPROGRESS)(?:$|\()", re.IGNORECASE)

TELLING_WAIT = NamePattern(
    r"(?:^|_)(?:select|pselect|poll|ppoll|poll_one_fd|epoll_wait|epoll_pwait|kevent|accept4?|recv|recvfrom|recvmsg|read"
    r"|wait|waitpid|waitfor|wait_for|event_wait|queue_wait|nanosleep|usleep|sleep|base_loop|event_loop|io_wait"
    r"|dispatch|wait_for_input|accept_conn|read_socket|connect|write|send|sendmsg|sendto|recv_\w+|send_\w+)\w{0,3}$",
    re.IGNORECASE,
)
"""A function whose name says that it waits; taken for a wait only where its error is told apart as EINTR or EAGAIN."""

_PLAIN = ("select", "poll", "ppoll", "epoll_wait", "event_wait", "queue_wait", "wait_for_input", "pollset_poll")
PLAIN_WRAPPER = NamePattern(rf"(?:^|_)(?:{'|'.join(_PLAIN)})$")
"""A function named like a wait: listed even where its error isn't told apart (but then no stage is owed)."""


def plain_wrappers(names: Collection[str]) -> set[str]:
    """Those of many names that are of functions named like a wait."""
    lines = "\n".join((*names, ""))
    ending = (lines[start:end] for part in _PLAIN for start, end in lines_with(f"{part}\n", lines))
    return {name for name in ending if PLAIN_WRAPPER.search(name)}


def lines_with(part: str, lines: str) -> Iterator[tuple[int, int]]:
    """Where the lines that hold a text are, of names of which each has a line; faster than asking each."""
    return ((lines.rfind("\n", 0, at) + 1, lines.find("\n", at)) for at in places(part, lines))


TELLING_MULTIPLEX = NamePattern(
    r"(?:select|poll|kevent|event_wait|queue_wait|base_loop|event_loop|io_wait|wait_for_input|waitfor\w*fds?|dispatch"
    r"|poll\w{0,4}_wait)(?:_?\w{0,3})$",
    re.IGNORECASE,
)
"""Of those, the ones that look at many descriptors."""

_LOGGING = NamePattern(
    r"(?:^|_)(?:v?f?printf|v?snprintf|sprintf|puts|fputs|fputc|putc|putchar|fflush|perror|v?syslog|strerror|v?log|logmsg|logger|logit|log_\w+|LOG\w*"
    r"|debug\d?|dbg|DEBUG\w*|trace|TRACE\w*|warn|warnx|warning|WARN\w*|error|ERROR|err_msg|errmsg|notice|NOTICE|info|INFO|verbose"
    r"|msg|print|prints|report|complain|whine|DPRINTF|DBG\w*|dprintf|dolog|elog|ereport|errlog|exception|critical)\d?$"
    r"|^(?:log|dbg|debug|trace|warn|m?syslog|zlog)(?:_\w*|[a-z]?\d?)$"
    r"|(?:^|\.)(?:log|logger|logging|warnings|LOG)\.",
)
_MESSAGE = NamePattern(
    r"(?:read|recv|receive|process|send|handle|get|parse|dispatch|queue|enqueue|put|post|write|forward|free)_?\w*msg$",
    re.IGNORECASE,
)
"""Calls that deal with a message and don't print one."""
_PURE_IN = {
    "c": NamePattern(
        r"^(?:strlen|strn?cmp|strcasecmp|strncasecmp|strchr|strrchr|strstr|memcmp|memcpy|memmove|memset|bzero|bcopy|strn?cpy"
        r"|strlcpy|strlcat|strn?cat|atoi|atol|strtou?l+|isatty|getpid|getppid|getuid|geteuid|fileno|abs|htons|ntohs|htonl"
        r"|ntohl|inet_ntoa|inet_ntop|min|max|MIN|MAX|sizeof|offsetof|likely|unlikely|__builtin_expect|assert|Assert|ASSERT"
        r"|free|xfree|safe_free|malloc|calloc|realloc|xmalloc|xcalloc|xrealloc|alloca|g_free|strdup|xstrdup|va_start|va_end|va_arg|FD_ZERO|FD_SET|FD_CLR|FD_ISSET"
        r"|WIF\w+|W\w+STATUS|WTERMSIG|WSTOPSIG|WCOREDUMP|ARRAY_SIZE|G_N_ELEMENTS|__errno_location|WSAGetLastError|errno"
        r"|sigemptyset|sigfillset|sigaddset|sigdelset|sigismember|sigprocmask|pthread_sigmask|sigblock|sigsetmask"
        r"|sigrelse|sighold|pthread_setcancelstate|pthread_testcancel|pthread_cleanup_push|pthread_cleanup_pop"
        r"|timersub|timeradd|timercmp|timerisset|timerclear|tv_sub|tv_add|tvsub|tvadd|difftime|ctime|localtime|gmtime"
        r"|localtime_r|gmtime_r|strftime|rb_\w+_first|TAILQ_FIRST|LIST_FIRST|SLIST_FIRST|STAILQ_FIRST|TAILQ_EMPTY|LIST_EMPTY"
        r"|list_empty|ISSET|IS_SET|toupper|tolower|len|empty|is_set|isSet|is_alive|isAlive)$"
    ),
    "python": NamePattern(
        r"^(?:len|int|str|repr|bool|float|list|dict|tuple|set|frozenset|sorted|range|xrange|isinstance|hasattr|getattr|type|id"
        r"|iter|zip|enumerate|map|filter|sum|any|all|round|divmod|format|ord|chr|bytes|bytearray|super|callable|abs|min|max"
        r"|get|keys|values|items|iteritems|itervalues|iterkeys|copy|join|split|strip|encode|decode|startswith|endswith"
        r"|lower|upper|replace|count|index|find|fileno|is_set|isSet|is_alive|isAlive|empty|qsize|isatty|getpid|getppid"
        r"|getuid|geteuid|htons|ntohs|htonl|ntohl|inet_ntoa|inet_ntop|difftime|ctime|localtime|gmtime|strftime"
        r"|sys\.exc_info|currentThread|current_thread|getName|WIF\w+|W\w+STATUS|WTERMSIG|WSTOPSIG|WCOREDUMP"
        r"|sigprocmask|pthread_sigmask)$"
    ),
}
_CLOCK = NamePattern(
    r"^(?:time|times|gettimeofday|clock_gettime|clock|monotonic|perf_counter|ftime|getrusage|get_monotonic_time"
    r"|g_get_monotonic_time|current_time|monotime|monotime_\w+|now|utcnow|\w*_?(?:gettimeofday|clock_gettime|monotonic_time)"
    r"|(?:get|cur|current|update|read)_?(?:now|time|clock|ticks?|monotonic)(?:_\w{1,4})?|\w*tvnow|get_ticks|getmonotime|monotonic_\w+)$"
)
_ASSERTION = NamePattern(
    r"(?:^|_)(?:assert|insist|require|ensure|invariant|bug_on|check_obj)(?:_?\w*)$|^(?:AZ|AN)$", re.IGNORECASE
)
_ASKS = NamePattern(r"(?:^|_)is_\w|^is[A-Z]")
"""A question (``is_canceled(job)``), whose answer is what matters."""
_CHECKED = NamePattern(
    r"^(?:\w+_)?(?:ASSERT|INSIST|REQUIRE|ENSURE|INVARIANT|RUNTIME_CHECK)$|^(?:\w+_|g_|x+)?assert$|^AN$"
)
_LOCKING = NamePattern(
    r"(?:^|_)(?:un)?lock(?:_\w+)?$|mutex|(?:^|_)(?:rd|wr|spin)lock|(?:^|_)(?:acquire|release)$|^(?:LOCK|UNLOCK)\w*$",
    re.IGNORECASE,
)
_REAPING = NamePattern(
    r"(?:^|_)(?:reap|sigchld|sigcld|waitpid|wait3|wait4)|(?:reap|zombie|child_?(?:exit|died|handler|signal)|dead_?child|collect_?child)",
    re.IGNORECASE,
)
_SIGNAL_WORK = NamePattern(
    r"(?:handle|process|check|do|run|deliver|dispatch|poll|test|service)_?\w*sig(?:nal)?s?(?:_|$)|sig(?:nal)?s?_?(?:handle|process|check|dispatch|pending|recv|action)",
    re.IGNORECASE,
)
_NO_RETURN = NamePattern(
    r"^(?:_?_?exit|_Exit|quick_exit|abort|longjmp|siglongjmp|pthread_exit|thr_exit|panic|croak|die\w*|err|errx|verr|verrx"
    r"|__builtin_unreachable|unreachable|bail_out|os\._exit|os\.abort|sys\.exit)$|^fatal|^(?:FATAL|DIE|PANIC)$"
    r"|^(?:ABORT_\w+|FINALIZE\w*|BAIL\w*|GOTO_\w+|THROW\w*|RETURN\w*|\w+_(?:RETURN|GOTO|EXIT|BAIL))$"  # hidden jumps
)
_EXITS = NamePattern(
    r"^(?!.*(?:^|_)(?:request|want|should|may|maybe|must|check|set|on|at|pre|prepare|try|schedule|notify|signal|wait|mark"
    r"|queue|is|to|handle)(?:_|$))\w*[a-z0-9]_(?:exit|Exit|quit)$"
)
EXIT_STATUS = NamePattern(r"(?:^|_)(?:EXIT|EX|FAIL\w*|ERR\w*|SUCCESS|STATUS|CODE|OK|RC)(?:_|$)")
"""A constant for how a program ends (``EXIT_FAILURE``, ``EX_USAGE``)."""
_DIES = NamePattern(
    r"_(?:fatal\w*|and_die|panic|abort|unreachable)$|^\w?(?:err|error|perror)_exit$|^exit_(?i:error|failure|success|usage)$"
)
_OPENS = frozenset({"accept", "accept4", "connect", "open", "openat", "close"})
"""Transfers that move no data."""
_ISSET = NamePattern(r"(?:^|_)(?:FD_?)?ISSET$|(?:^|_)fd_?is_?set$", re.IGNORECASE)
_OVERWRITES = NamePattern(r"^(?:mem(?:cpy|move|ccpy)|mempcpy|str[ln]?cpy|stpn?cpy|v?sn?printf|f?gets)$")
_LEVEL = NamePattern(r"^(?:L|LOG|LVL|DEBUG|DBG|TRACE|VERBOSE)_[A-Z0-9_]+$")
_CLEARS = NamePattern(
    r"(?:^|_)(?:FD_?ZERO|bzero|explicit_bzero|zero|clear)$|^(?:memset|timerclear|sigemptyset)$", re.IGNORECASE
)
_EMPTIES_LIST = NamePattern(
    r"^(?:\w*(?:tailq|list|circleq|queue)\w*_(?:init|clear|reset)|init_\w*(?:list|queue)\w*)$", re.IGNORECASE
)
_STATUS_TEST = NamePattern(r"^W(?:IF[A-Z]+|EXITSTATUS|TERMSIG|STOPSIG|COREDUMP)$")
_FREES = NamePattern(r"(?:^|_)(?:x?free|munmap)$", re.IGNORECASE)
_FILLS = NamePattern(r"(?:^|_)FD_?(?:SET|CLR|COPY)$", re.IGNORECASE)


@lru_cache(4096)
def is_logging(name: str) -> bool:
    """A call that only reports: skipping it alone harms nobody."""
    return bool(_LOGGING.search(name)) and not _MESSAGE.search(name)


@lru_cache(4096)
def is_pure(name: str, language: Language) -> bool:
    """A helper whose skipping leaves nothing undone: string and memory helpers, set macros, allocation, masks."""
    return bool(_PURE_IN[language].match(name))


def moves_data(name: str) -> bool:
    """A call that reads or writes what a descriptor has or takes; the last part of a method's name is enough."""
    waits = (C_WAITS.get(name), PYTHON_WAITS.get(name), PYTHON_WAITS.get(f"os.{name}"))
    return any(spec is not None and spec.kind is WaitKind.TRANSFER for spec in waits) and name not in _OPENS


@lru_cache(4096)
def is_clock(name: str) -> bool:
    """A reading of the clock: no work by itself, but what it writes may feed the head of the loop."""
    return bool(_CLOCK.match(name))


@lru_cache(4096)
def is_locking(name: str) -> bool:
    """Taking or giving back a lock."""
    return bool(_LOCKING.search(name))


@lru_cache(4096)
def is_harmless(name: str, language: Language) -> bool:
    """A call that changes nothing a loop's work depends on."""
    if is_logging(name) or is_pure(name, language) or is_locking(name):
        return True
    return bool(_ASSERTION.search(name) or _ASKS.search(name))


@lru_cache(4096)
def is_reaping(name: str) -> bool:
    """Work that a signal asks for by its name: reaping children, handling noted signals."""
    return name != "sigaction" and bool(_REAPING.search(name) or _SIGNAL_WORK.search(name))


@lru_cache(4096)
def is_no_return(name: str, speaks: bool = True) -> bool:
    """A call that doesn't return (exit(3), abort(3) and what programs name after them).

    A name that only ends so (`log_fatal`) does where the call ``speaks``: it is given a text to say, or has nothing to
    work on. One that works on several things (`run_fatal(a, b)`) does that, and dies where it can't.
    """
    return bool(_NO_RETURN.search(name)) or (speaks and bool(_DIES.search(name)))


@lru_cache(4096)
def exits(name: str) -> bool:
    """A call that doesn't return where it is given a status (`cleanup_exit(1)`); a name like this without one may stand
    for what a module does at its end.
    """
    return bool(_EXITS.search(name))


@lru_cache(4096)
def is_assertion(name: str) -> bool:
    """A macro behind which its first argument holds, since the program ends where it doesn't."""
    return bool(_CHECKED.search(name))


@lru_cache(4096)
def is_set_test(name: str) -> bool:
    """FD_ISSET and a project's own of the kind."""
    return bool(_ISSET.search(name))


@lru_cache(4096)
def is_status_test(name: str) -> bool:
    """WIFEXITED and the other macros that read what wait(2) stored."""
    return bool(_STATUS_TEST.search(name))


@lru_cache(4096)
def clears(name: str) -> bool:
    """A call that empties the object its first argument points to."""
    return bool(_CLEARS.search(name))


@lru_cache(4096)
def empties_list(name: str) -> bool:
    """A call that makes its first argument a list of nothing (`TAILQ_INIT`, `INIT_LIST_HEAD`, `queue_clear`)."""
    return bool(_EMPTIES_LIST.search(name))


@lru_cache(4096)
def overwrites(name: str) -> bool:
    """A call that fills the memory that its first argument points to, whatever was in it."""
    return bool(_OVERWRITES.search(name))


@lru_cache(4096)
def is_level(name: str) -> bool:
    """A constant that says how important a report is (``LOG_DEBUG``)."""
    return bool(_LEVEL.search(name))


@lru_cache(4096)
def frees(name: str) -> bool:
    """A call that gives memory back, whatever is in it."""
    return bool(_FREES.search(name))


@lru_cache(4096)
def fills(name: str) -> bool:
    """A call that adds to an fd set, its last argument."""
    return bool(_FILLS.search(name))


@lru_cache(4096)
def errno_constant(name: str) -> str | None:
    """The error number that a constant's name stands for, EWOULDBLOCK folded into EAGAIN; None for other names."""
    found = ERRNO_CONSTANTS.search(name)
    if not found:
        return None
    return "EAGAIN" if found[1] == "EWOULDBLOCK" else found[1]


@lru_cache(4096)
def is_errno(name: str) -> bool:
    """A variable or object-like macro that reads errno (``ngx_errno``, ``sock_errno``)."""
    return bool(_ERRNO_NAME.search(name))


@lru_cache(4096)
def gives_errno(name: str) -> bool:
    """A call without a socket's own state that reads errno (``SOCK_ERRNO()``, ctypes' ``get_errno()``)."""
    return bool(_ERRNO_CALL.search(name))


@lru_cache(4096)
def errno_asked(name: str) -> str | None:
    """The error number that a predicate asks for whose definition isn't at hand (``APR_STATUS_IS_EINTR(rv)``,
    ``is_eintr(e)``), EWOULDBLOCK folded into EAGAIN; None for other names.
    """
    found = _ERRNO_PREDICATE.search(name)
    asked = found[1].upper() if found else None
    return "EAGAIN" if asked == "EWOULDBLOCK" else asked
