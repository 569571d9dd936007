"""Named things that a user can add to: one table of words a kind, and the nearest word in the error."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from gan_core.errors import SpecError, nearest

T = TypeVar("T")


class Registry(Mapping[str, T]):
    """The entries of one kind by the word that stands for each in files and on the command line.

    kind: what an entry is called in errors, such as "loss". A word once taken stays taken.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, T] = {}

    def __getitem__(self, word: str) -> T:
        return self._entries[word]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, word: str, entry: T) -> T:
        """Add an entry, and return it. Raises `SpecError` if the word means another one already."""
        if word in self._entries:
            raise SpecError(f"the {self.kind} '{word}' exists already; give the new one another name")
        self._entries[word] = entry
        return entry

    def register(self, word: str) -> Callable[[T], T]:
        """Return a decorator that adds what it decorates under a word."""
        return lambda entry: self.add(word, entry)

    def find(self, word: str, place: str = "") -> T:
        """Return an entry. Raises `SpecError` for an unknown word, with the nearest one.

        place: where the word stood, such as ``experiment.silenced: ``.
        """
        if word not in self._entries:
            raise SpecError(f"{place}unknown {self.kind} '{word}'{nearest(word, self._entries)}")
        return self._entries[word]
