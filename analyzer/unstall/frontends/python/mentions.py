"""What the functions of a file that a function calls come to mention, by way of other functions of the file, too."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from unstall.flow.reach import spread
from unstall.frontends.python.scopes import Scope


@dataclass(frozen=True)
class Mentions:
    """The words of the functions of a file."""

    scopes: list[Scope]

    @cached_property
    def words(self) -> dict[str, frozenset[str]]:
        """All identifiers of each function's own lines, by its qualified name."""
        words: dict[str, frozenset[str]] = {}
        for scope in self.scopes:
            words[scope.name] = words.get(scope.name, frozenset()) | scope.identifiers
        return words

    def of_called(self, caller: str, calls: Iterable[str]) -> dict[str, frozenset[str]]:
        """The words of what ``caller`` calls, by how it calls that: ``self.sweep``, ``sweep``. What other files define
        is not in there.
        """
        found: dict[str, frozenset[str]] = {}
        for call in calls:
            receiver, _, name = call.rpartition(".")
            if receiver in ("self", "cls", "") and name in self._last and (starts := [*self._meant(name, caller)]):
                found[call] = frozenset[str]().union(*(self.words[other] for other in spread(self._steps, starts)))
        return found

    @cached_property
    def _last(self) -> frozenset[str]:
        return frozenset(name.rpartition(".")[2] for name in self.words)

    @cached_property
    def _steps(self) -> list[tuple[str, str]]:
        """From each function to those that it may call."""
        return [
            (name, o) for name, own in self.words.items() for word in own & self._last for o in self._meant(word, name)
        ]

    def _meant(self, name: str, within: str) -> Iterator[str]:
        """The functions that a bare name, or one behind ``self.``, may mean within a function."""
        parts = within.split(".")
        for at in range(len(parts) + 1):
            qualified = ".".join([*parts[:at], name])
            if qualified in self.words:
                yield qualified
