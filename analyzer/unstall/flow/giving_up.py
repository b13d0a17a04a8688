"""Calls that by their names give up what was waited for: a connection, a request, the program itself.

Three questions, each with an answer of its own: what a finding rests on must be certain, what a patch is refused for
need only be possible, and who leaves a loop over an error may give up much beside the peer.
"""

import re
from functools import lru_cache

from unstall.flow.by_name import NamePattern

_WORDS = r"close|shutdown|disconnect|drop|kill|abort|fail|die|give_?up|expired?|time_?d?_?out|destroy|cancel|lost|dead"
_GIVES_UP = NamePattern(rf"(?:^|_)(?:{_WORDS})(?:_|\d|$)", re.IGNORECASE)
_EXPIRES = NamePattern(r"(?:^|_)expire(?:_|\d|$)", re.IGNORECASE)
_ASKS = NamePattern(r"(?:^|_)(?:check|is|has|get|set|test)_", re.IGNORECASE)
_MAY_GIVE_UP = NamePattern(rf"{_WORDS}|connect|resend|retrans|retry|fatal|exit|reset", re.IGNORECASE)
_DROPS_PEER = NamePattern(
    r"(?:close|disconnect|drop|shut_?down|hang_?up)(?:$|_?\w*(?:conn|peer|client|sock|fd))", re.IGNORECASE
)


@lru_cache(4096)
def gives_up(name: str) -> bool:
    """A call that for certain is how a program acts on a deadline having passed: a whole word of its name says so, and
    none that it finds out for itself whether one has (``check_timeout``).
    """
    return bool(_GIVES_UP.search(name)) and not _ASKS.search(name)


@lru_cache(4096)
def lets_old_ones_go(name: str) -> bool:
    """A call that, given nothing, goes through all there is and gives up what its own clock says: ``tcp_expire()``."""
    return bool(_EXPIRES.search(name))


@lru_cache(4096)
def may_give_up(name: str) -> bool:
    """A call that possibly is, or that tries anew, which no signal is to bring about: any part of its name may say so
    (``reconnect``, ``conn_closed``).
    """
    return bool(_MAY_GIVE_UP.search(name))


@lru_cache(4096)
def drops_peer(name: str) -> bool:
    """A call that gives up the one who was waited for: by a word alone, or by a word and who it is (``close_conn``)."""
    return bool(_DROPS_PEER.search(name))
