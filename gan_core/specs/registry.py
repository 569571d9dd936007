"""Named things that a user can add to: one table of words a kind, and the nearest word in the error."""

import sys
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any, Generic, TypeVar

from typing_extensions import override

from gan_core.errors import SpecError, nearest

T = TypeVar("T")
Decorated = TypeVar("Decorated")
LIBRARY = "gan_core."
TABLES: list["Registry[Any]"] = []
"""Every table that there is, so that the words of a module that failed can be taken back."""


class Registry(MutableMapping[str, T], Generic[T]):
    """The entries of one kind by the word that stands for each in files and on the command line.

    kind: what an entry is called in errors, such as "loss". entry_of: (decorated thing, settings) → an entry, for
    `register`. in_files: whether the words stand in experiment files, where a module may be missing from ``imports``.

    A word of the library stays the library's, and a word of one module is refused to another: files that use it would
    mean something else. A module that is run again (a cell of a notebook) replaces its own words.
    """

    def __init__(self, kind: str, entry_of: Callable[..., T] | None = None, *, in_files: bool = False) -> None:
        self.kind, self.in_files = kind, in_files
        self.bases: dict[str, list[str]] = {}  # words of classes to derive from → the methods that each lacks
        self._entry_of = entry_of
        self._entries: dict[str, T] = {}
        self._modules: dict[str, str] = {}  # word → the module that added it
        TABLES.append(self)

    @override
    def __getitem__(self, word: str) -> T:
        return self._entries[word]

    @override
    def __setitem__(self, word: str, entry: T) -> None:
        self.add(word, entry, module=_caller())

    @override
    def __delitem__(self, word: str) -> None:
        del self._entries[word], self._modules[word]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    @override
    def __len__(self) -> int:
        return len(self._entries)

    def add(self, word: str, entry: T, *, module: str | None = None) -> T:
        """Add an entry, and return it. Raises `SpecError` if the word means another one already.

        module: the name of the module that adds it, by default the caller's.
        """
        module = module or _caller()
        taken = self._modules.get(word)
        if taken is not None and (taken.startswith(LIBRARY) or taken != module):
            raise SpecError(
                f"the {self.kind} '{word}' exists already, {self._described(word)}: give that of {module} another name"
            )
        self._entries[word], self._modules[word] = entry, module
        return entry

    def register(self, word: str, **settings: Any) -> Callable[[Decorated], Decorated]:
        """Return a decorator that makes an entry of what it decorates, with its settings, and adds it under a word."""

        def added(decorated: Decorated) -> Decorated:
            entry = self._entry_of(decorated, **settings) if self._entry_of else decorated
            self.add(word, entry, module=getattr(decorated, "__module__", None))  # type: ignore[arg-type]
            return decorated

        return added

    def find(self, word: str, place: str = "") -> T:
        """Return an entry. Raises `SpecError` for an unknown word, with the nearest one, or all that there are.

        place: where the word stood, such as ``experiment.silenced: ``.
        """
        if word not in self._entries:
            raise SpecError(place + self.unknown(word))
        return self._entries[word]

    def unknown(self, word: str, aliases: tuple[str, ...] = (), *, listed: bool = True) -> str:
        """Return one line on a word that means nothing: the nearest one, or all, and what may be missing.

        aliases: further words that are understood in the word's place. listed: whether all words are named where none
        is near; else their number.
        """
        known = [*self._entries, *aliases]
        if word in self.bases:
            lacks = f" (its class lacks {', '.join(self.bases[word])})" if self.bases[word] else ""
            return (
                f"unknown {self.kind} '{word}', a base for others{lacks}; expected one of: {', '.join(sorted(known))}"
            )
        hint = nearest(word[:100], known)
        if not listed and "did you mean" not in hint:
            hint = f"; there are {len(known)}"
        if self.in_files and "did you mean" not in hint:
            hint += '; for a word of your own, name its module in the experiment, as  imports = ["my_module"]'
        return f"unknown {self.kind} '{word[:100]}'{hint}"

    def module_of(self, word: str) -> str:
        """Return the name of the module that added a word."""
        return self._modules[word]

    def forget(self, module: str) -> None:
        """Take back the words of a module."""
        for word in [word for word, by in self._modules.items() if by == module]:
            del self[word]

    def _described(self, word: str) -> str:
        entry = self._entries[word]
        name = f".{entry.__name__}" if isinstance(entry, type) else ""
        return f"in {self._modules[word]}{name}"


def forget_words_of(module: str) -> None:
    """Take back every word that a module added to any table: it failed, and nothing of it is to stay."""
    for table in TABLES:
        table.forget(module)


def _caller() -> str:
    """Return the name of the module that calls a method of a table."""
    return str(sys._getframe(2).f_globals.get("__name__", "__main__"))
