"""Which rules a run applies, to which files, and how severe they are."""

from collections.abc import Iterable, Iterator
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from unstall.discovery.patterns import below, compiled
from unstall.findings.finding import Severity
from unstall.options import Settings, suggestion

if TYPE_CHECKING:
    from pathspec import PathSpec

    from unstall.rule import Rule

ALL = "ALL"


class SelectionError(Exception):
    """A word that names no rule, and the option it stands in."""

    def __init__(self, option: str, message: str) -> None:
        super().__init__(message)
        self.option = option


class Aim(Enum):
    """What a run is for."""

    FINDINGS = "findings"
    SITES = "sites"
    """Every wait and how its interrupt is handled; no rule is asked."""


class Selection:
    """The choice that settings make among the rules, for a run with an aim. Raises SelectionError for a word that names
    none.
    """

    def __init__(self, settings: Settings, aim: Aim = Aim.FINDINGS) -> None:
        self.settings = settings
        self.aim = aim
        if settings.select or settings.ignore or settings.severity or settings.per_file_ignores:
            _ = self._codes, self._severities, self._ignores  # the rules are imported to check the words

    @cached_property
    def every_wait(self) -> bool:
        """Whether waits are to be looked into whose interrupt is not told from other errors, and only ends what they
        do.
        """
        if self.aim is Aim.SITES:
            return True
        selected = self.settings.select and any(rule.every_wait and rule.code in self._codes for rule in _all_rules())
        return bool(selected)  # no rule that is on by itself asks for them

    def applies(self, code: str, path: str) -> bool:
        """Whether findings of this code are reported in the file."""
        return (
            self.aim is Aim.FINDINGS
            and code in self._codes
            and not any(
                code in ignored and spec.match_file(below(path, self.settings.root)) for spec, ignored in self._ignores
            )
        )

    def rules(self, path: str) -> "Iterator[Rule]":
        """The rules for a file."""
        return (rule for rule in _all_rules() if self.applies(rule.code, path))

    def severity(self, code: str, own: Severity) -> Severity:
        """The severity of a rule's findings, where its own is ``own``."""
        return self._severities.get(code, own)

    @cached_property
    def _codes(self) -> set[str]:
        settings = self.settings
        on = _named(settings.select, "select") if settings.select else {r.code for r in _all_rules() if r.enabled}
        left = on - _named(settings.ignore, "ignore") - _named(self._words_of("off"), "severity")
        if not left and self.aim is Aim.FINDINGS:
            raise SelectionError(
                "ignore" if settings.ignore else "severity", "leaves no rule of those that are selected"
            )
        return left

    @cached_property
    def _severities(self) -> dict[str, Severity]:
        return {code: severity for severity in Severity for code in _named(self._words_of(severity.value), "severity")}

    def _words_of(self, severity: str) -> Iterator[str]:
        return (word for word, wanted in self.settings.severity if wanted == severity)

    @cached_property
    def _ignores(self) -> "list[tuple[PathSpec[Any], set[str]]]":
        pairs = [(pattern, _named(words, "per-file-ignores")) for pattern, words in self.settings.per_file_ignores]
        return [(compiled([pattern]), ignored) for pattern, ignored in pairs]


def _all_rules() -> "tuple[Rule, ...]":
    """Every rule; what they need is not imported where nothing asks for one."""
    from unstall.rule import all_rules

    return all_rules()


def _named(words: Iterable[str], option: str) -> set[str]:
    return {code for word in words for code in codes(word, option)}


def codes(word: str, option: str) -> set[str]:
    """The codes that a word stands for: a code, the beginning of codes, a name, or ``ALL``."""
    rules = _all_rules()
    if word == ALL:
        return {rule.code for rule in rules}
    found = {rule.code for rule in rules if rule.code.startswith(word.upper()) or rule.name == word.lower()}
    if not word or not found:
        known = dict.fromkeys(name for rule in rules for name in (rule.code, rule.name))
        raise SelectionError(option, f"{word!r} names no rule{suggestion(word, known)}")
    return found
