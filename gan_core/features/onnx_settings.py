"""What a user of an ONNX file states of its input and its output: in the file's metadata, or behind the file's name."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from gan_core.errors import UsageError, nearest
from gan_core.features.onnx_worker import METADATA

Number = TypeVar("Number", int, float)
PREPARATIONS: dict[str, dict[str, str]] = {  # a word behind the file's name → what it states
    "dinov2": {  # as Stein et al. 2023 (arXiv:2306.04675) prepare pictures, in their code
        "value_range": "0,1",
        "resize": "bicubic-bytes",
        "size": "224",
        "mean": "0.485,0.456,0.406",
        "deviation": "0.229,0.224,0.225",
        "token": "0",
    },
}


@dataclass(frozen=True, kw_only=True)
class Stated:
    """Settings of an ONNX file, of `onnx_worker.METADATA`, as text. Raises `UsageError` for what is no value of one.

    metadata: those in the file. given: those that stand behind the file's name, which come first.
    """

    path: Path
    metadata: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)

    def text(self, key: str) -> str | None:
        """Return what is stated, or None."""
        return self.given.get(key, self.metadata.get(key))

    def word(self, key: str, words: Sequence[str]) -> str | None:
        """Return one of some words, or None where none is stated."""
        if (word := self.text(key)) is None or word in words:
            return word
        raise self._fault(key, " or ".join(words))

    def value_range(self) -> tuple[float, float]:
        """Return the ends of the range of floats, −1 and 1 unless others are stated."""
        expected = "two finite numbers, the lower first, as 0,1"
        ends = self.numbers("value_range", expected) or (-1.0, 1.0)
        if len(ends) != 2 or ends[0] >= ends[1]:
            raise self._fault("value_range", expected)
        return ends[0], ends[1]

    def numbers(self, key: str, expected: str, *, above: float = -math.inf) -> tuple[float, ...] | None:
        """Return finite numbers with commas between, all above a bound, or None. expected: as in the message."""
        return self._listed(key, expected, float, lambda number: math.isfinite(number) and number > above)

    def whole_numbers(self, key: str, expected: str, least: int) -> tuple[int, ...] | None:
        """Return whole numbers with commas between, none below the least, or None. expected: as in the message."""
        return self._listed(key, expected, int, lambda number: number >= least)

    def _listed(
        self, key: str, expected: str, read: Callable[[str], Number], fits: Callable[[Number], bool]
    ) -> tuple[Number, ...] | None:
        if (text := self.text(key)) is None:
            return None
        try:
            found = tuple(read(number) for number in text.split(","))
        except ValueError:
            raise self._fault(key, expected) from None
        if not all(fits(number) for number in found):
            raise self._fault(key, expected)
        return found

    def _fault(self, key: str, expected: str) -> UsageError:
        text = (self.text(key) or "")[:40]
        if key in self.given:
            return UsageError(f"features={self.path.name}#{key}={text}: expected {expected}")
        return UsageError(f"{self.path}: its metadata say {key} '{text}'; expected {expected}")


def parted(choice: str) -> tuple[str, tuple[str, ...]]:
    """Return a choice of a file without what is stated behind its name, and that, word for word.

    ``FILE.onnx#dinov2#size=518#sha256=HEX`` is ``FILE.onnx#sha256=HEX`` and ("dinov2", "size=518").
    """
    place, *words = choice.split("#")
    sums = [word for word in words if word.startswith("sha256=")]
    return "#".join([place, *sums]), tuple(word for word in words if word not in sums)


def settings_of(words: Sequence[str], choice: str) -> dict[str, str]:
    """Return what words behind a file's name state; a later one counts more. Raises `UsageError` for one that is none.

    choice: the name of the file, for the message.
    """
    found: dict[str, str] = {}
    for word in words:
        key, equals, text = word.partition("=")
        if not equals and word in PREPARATIONS:
            found |= PREPARATIONS[word]
        elif equals and key in METADATA:
            found[key] = text
        else:
            known = (*PREPARATIONS, *METADATA, "sha256")
            raise UsageError(
                f"features={choice}#{word[:60]}: expected #sha256=HEX, #{' or #'.join(PREPARATIONS)}, or a setting, as "
                f"#resize=bicubic{nearest(key, known)}"
            )
    return found
