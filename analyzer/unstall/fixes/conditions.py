"""Conditions as text: taken apart, joined and negated in the words of the language they are written in."""

import re
from collections.abc import Iterator, Sequence

from unstall.flow import by_name
from unstall.source import Language

_AND: dict[Language, str] = {"c": "&&", "python": "and"}
_OR: dict[Language, str] = {"c": "||", "python": "or"}
_NOT: dict[Language, str] = {"c": "!", "python": "not "}
_TOKEN = re.compile(
    r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|&&|\|\||[=!<>]=|->|\+\+|--|[A-Za-z_]\w*|[()\[\]{}]|\s+|.", re.DOTALL
)
_DEEPER = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
_OPPOSITE = {"==": "!=", "!=": "=="}
_WORD = re.compile(r"[A-Za-z_]\w*")
_BINDING_LESS = frozenset({"?", "&", "|", "^", "=", ",", "if"})
"""Operators that bind less tightly than a comparison, in C; no harm in Python."""


def conjuncts(condition: str, language: Language) -> tuple[str, ...]:
    """The parts of ``a && b && c``, each without redundant white space at its ends."""
    return _split(condition, _AND[language], language)


def disjuncts(condition: str, language: Language) -> tuple[str, ...]:
    """The parts of ``a || b``."""
    return _split(condition, _OR[language], language)


def _split(condition: str, operator: str, language: Language) -> tuple[str, ...]:
    bare = unwrapped(condition)
    weaker = _OR[language] if operator == _AND[language] else None
    parts = _parted(bare, operator)
    if len(parts) == 1 or {weaker, "?", "if", "lambda"} & set(_top(bare)):
        return (condition.strip(),)
    return parts


def arguments(text: str) -> tuple[str, ...]:
    """The arguments between a call's parentheses."""
    parts = _parted(text, ",")
    return () if parts == ("",) else parts


def _parted(text: str, separator: str) -> tuple[str, ...]:
    """What stands between the separators that are in no brackets; without white space at its ends."""
    parts = [""]
    for token, depth in _nested(text):
        if depth == 0 and token == separator:
            parts.append("")
        else:
            parts[-1] += token
    return tuple(part.strip() for part in parts)


def _nested(text: str) -> Iterator[tuple[str, int]]:
    """The tokens, and of how many brackets each is inside; of a bracket itself, how many are open behind it."""
    depth = 0
    for token in _TOKEN.findall(text):
        depth += _DEEPER.get(token, 0)
        yield token, depth


def _top(text: str) -> Iterator[str]:
    """The tokens outside of all brackets."""
    return (token for token, depth in _nested(text) if depth == 0)


def unwrapped(condition: str) -> str:
    """A condition without parentheses around the whole of it."""
    text = condition.strip()
    while text.startswith("(") and _closes_at_end(text):
        text = text[1:-1].strip()
    return text


def _closes_at_end(text: str) -> bool:
    depths = [depth for _, depth in _nested(text)]
    return 0 in depths and depths.index(0) == len(depths) - 1


def conjunction(parts: Sequence[str], language: Language) -> str:
    """``a && b``, with parentheses around parts that bind less tightly."""
    if len(parts) == 1:
        return parts[0]
    loose = {_OR[language], "?", "=", ",", "if", "lambda"}
    return f" {_AND[language]} ".join(_wrapped(part) if loose & set(_top(part)) else part for part in parts)


def disjunction(parts: Sequence[str], language: Language) -> str:
    """``a || b``, with parentheses around conjunctions."""
    if len(parts) == 1:
        return parts[0]
    mixed = {_AND[language], "?", "=", ",", "if", "lambda"} if language == "c" else {"if", "lambda"}
    return f" {_OR[language]} ".join(_wrapped(part) if mixed & set(_top(part)) else part for part in parts)


def _wrapped(text: str) -> str:
    return f"({text})"


def merged(conditions: Sequence[str], language: Language) -> str:
    """One condition for "any of these", with the leading tests that they share written once."""
    parts = [conjuncts(condition, language) for condition in conditions]
    shared = 0
    while all(len(p) > shared + 1 for p in parts) and len({_plain(p[shared]) for p in parts}) == 1:
        shared += 1
    rest = [conjunction(p[shared:], language) for p in parts]
    flat = [unwrapped(alternative) for condition in rest for alternative in disjuncts(condition, language)]
    return conjunction((*parts[0][:shared], disjunction(list(dict.fromkeys(flat)), language)), language)


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", unwrapped(text))


def negated(condition: str, language: Language) -> str:
    """The opposite of a condition, as a person would write it."""
    text = unwrapped(condition)
    for split, join in ((disjuncts, conjunction), (conjuncts, disjunction)):
        parts = split(text, language)
        if len(parts) > 1:
            return join([negated(part, language) for part in parts], language)
    if language == "c" and re.match(r"!\s*[\w(]", text) and not _has_operator(text[1:]):
        return unwrapped(text[1:])
    if language == "python" and text.startswith("not ") and not _has_operator(text[4:]):
        return unwrapped(text[4:])
    tops = list(_top(text))
    if sum(token in _OPPOSITE for token in tops) == 1 and not _BINDING_LESS & set(tops):
        return _flipped(text)
    if language == "python":
        for word, opposite in ((" not in ", " in "), (" in ", " not in ")):
            if word in "".join(tops):
                return text.replace(word, opposite, 1)
    simple = re.fullmatch(r"[\w.>-]+(\(.*\))?", text, re.DOTALL) is not None and not _has_operator(text)
    return f"{_NOT[language]}{text}" if simple else f"{_NOT[language]}({text})"


def _flipped(text: str) -> str:
    """``a == b`` as ``a != b`` and the other way round, at the outermost comparison."""
    tokens = list(_nested(text))
    at = next(at for at, (token, depth) in enumerate(tokens) if depth == 0 and token in _OPPOSITE)
    return "".join(_OPPOSITE[token] if here == at else token for here, (token, _) in enumerate(tokens))


def _has_operator(text: str) -> bool:
    tops = "".join(_top(text))
    return bool(re.search(r"[=<>!&|^?+*/%]|(?<!-)-(?!>)|\b(?:and|or|not|in|is|if)\b", tops.replace("->", ".")))


def tells_errno(condition: str) -> bool:
    """Whether a condition asks for an interrupt or a would-block by name."""
    return any(
        by_name.errno_constant(word) in ("EINTR", "EAGAIN") or by_name.errno_asked(word)
        for word in _WORD.findall(condition)
    )


def words(condition: str) -> frozenset[str]:
    """The identifiers of a condition."""
    return frozenset(_WORD.findall(condition))


def has_side_effect(condition: str) -> bool:
    """Whether a C condition assigns or counts, so that it can't be written twice."""
    return bool({"=", "++", "--"} & set(_TOKEN.findall(condition)))
