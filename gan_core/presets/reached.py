"""What trainings of presets and recipes have reached, as this library's own runs were scored: `reached.toml`.

The file is written by `benchmarks/trained.py` from the runs whose scores are kept in `benchmarks/results/trained`.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from gan_core.experiments.loss_words import short

FILE = "reached.toml"


@dataclass(frozen=True, kw_only=True)
class ReachedScore:
    """A score's mean over runs. low, high: its 95% interval, of one run that of its evaluation; None for none.

    real: what real samples get in place of generated ones, None where they have no such score.
    """

    name: str
    mean: float
    low: float | None = None
    high: float | None = None
    real: float | None = None

    @property
    def words(self) -> str:
        """The score in words, as ``frechet 12.3 (12.1 to 12.5; real .84)``."""
        interval = f"{short(self.low)} to {short(self.high)}" if self.low is not None else ""
        real = f"real {short(self.real)}" if self.real is not None else ""
        more = "; ".join(text for text in (interval, real) if text)
        return f"{self.name} {short(self.mean)}" + (f" ({more})" if more else "")


@dataclass(frozen=True, kw_only=True)
class Reached:
    """What the runs of an experiment reached, with the settings that its name stands for.

    backends, seeds: of the runs. steps: of each. minutes: that a training took, the median. threads: that it had.
    processor: in words. samples: generated, in each evaluation. features: that the scores are of. date: of the last.
    """

    backends: Sequence[str]
    seeds: Sequence[int]
    steps: int
    minutes: float
    threads: int
    processor: str
    samples: int
    features: str
    date: str
    scores: Sequence[ReachedScore]

    @property
    def facts(self) -> dict[str, str]:
        """The facts in words, by what they are."""
        seeds = f"seed {self.seeds[0]}" if len(self.seeds) == 1 else f"{len(self.seeds)} seeds"
        threads = "one thread" if self.threads == 1 else f"{self.threads} threads"
        return {
            "reached": "; ".join(score.words for score in self.scores),
            "by": f"{', '.join(self.backends)}, {seeds}, {self.steps:,} steps",
            "scored on": f"{self.samples:,} samples, {self.features}",
            "in": f"{self.minutes:.3g} minutes of {threads} ({self.processor}, {self.date})",
        }


@cache
def reached() -> dict[str, Reached]:
    """Return what is known, by the names of presets and recipes."""
    text = files(__package__).joinpath(FILE).read_text(encoding="utf-8")
    return {name: _read(table) for name, table in tomllib.loads(text).items()}


def _read(table: dict[str, Any]) -> Reached:
    scores = [ReachedScore(name=name, **values) for name, values in table.pop("scores").items()]
    return Reached(**table, scores=scores)
