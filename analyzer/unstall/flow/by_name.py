"""What the name of a function or a constant tells of it: that it logs, reads a clock, stands for errno, ends all.

A project's own words for what the catalogue can't list; each pattern is of names that were met in real code.
"""

import re
from collections.abc import Callable
from functools import cached_property, lru_cache

from unstall.source import Language


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
