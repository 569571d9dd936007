"""The file of a sweep: experiments, backends, seeds, and variants by name or as a grid."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from gan_core.errors import SpecError, UsageError, nearest
from gan_core.experiments.files import LARGEST_FILE_BYTES
from gan_core.files.text_files import read_text
from gan_core.specs.spec import NonNegativeInt, PlainName, PositiveInt, Spec, from_builtins
from gan_core.sweeps.grid import EXPERIMENT, axes_of


class SweptVariant(Spec, frozen=True, kw_only=True):
    """One way to train.

    title: what it is, for tables and figures; by default its name. experiment: a preset's name, or a file, in place of
    the sweep's. set: changes, as ``KEY=VALUE`` words, made after those of the sweep.
    """

    title: str = ""
    experiment: str | None = None
    set: tuple[str, ...] = ()


class Comparison(Spec, frozen=True, kw_only=True):
    """Variants held against the first of them, a row of the figures. title: of the row, by default its name."""

    title: str = ""
    variants: tuple[str, ...]


class SweepFile(Spec, frozen=True, kw_only=True):
    """A sweep as its file has it.

    experiment: a preset's name, or the path of an experiment file, seen from the sweep's. set: changes of every
    variant. seeds: each variant is trained once from each. backends: the frameworks that each variant is trained on;
    where the file names none, the command does. metrics: the scores, by the words of `gan evaluate`; by default those
    of frechet, neighbours, classes and modes that the data allow. samples: generated for the scores. features: the
    extractor. best: the score by which variants are ordered, the best first. grid: dotted key → values, every
    combination of which is a variant, or one of each variant that has a name; its ``experiment`` takes the place of the
    sweep's. comparisons: by default one of all variants. checkpoints: which of each run are scored, "last", and "best"
    for the one that was best by ``evaluation.best_by`` during the training; its scores are called "best …".
    """

    experiment: str = ""
    set: tuple[str, ...] = ()
    seeds: tuple[NonNegativeInt, ...] = (0, 1, 2)
    backends: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    samples: PositiveInt = 2000
    features: str = "auto"
    best: str = ""
    checkpoints: tuple[Literal["last", "best"], ...] = ("last",)
    variants: dict[PlainName, SweptVariant] = msgspec.field(default_factory=dict)
    grid: dict[str, Any] = msgspec.field(default_factory=dict)
    comparisons: dict[PlainName, Comparison] = msgspec.field(default_factory=dict)

    def check(self) -> None:
        """Raise `SpecError` for a sweep of nothing, and for what contradicts itself."""
        if not (self.variants or self.grid or self.backends):
            raise SpecError("variants: expected at least one, as [variants.base], or a [grid], or backends")
        check_seeds(self.seeds)
        if not self.checkpoints or len(set(self.checkpoints)) < len(self.checkpoints):
            raise SpecError(f'checkpoints: expected "last", "best" or both, got {list(self.checkpoints)}')
        if len(set(self.backends)) < len(self.backends):
            raise SpecError(f"backends: expected different ones, got {list(self.backends)}")
        swept = EXPERIMENT in axes_of(self.grid)
        named = bool(self.variants) and all(one.experiment for one in self.variants.values())
        if not (self.experiment or swept or named):
            raise SpecError('experiment: expected a preset or a file, as experiment = "digits-mlp"')
        if swept and any(one.experiment for one in self.variants.values()):
            raise SpecError("grid.experiment: a variant names an experiment already; expected one or the other")
        for name, comparison in self.comparisons.items():
            if not comparison.variants:
                raise SpecError(f"comparisons.{name}: expected variants, the one to compare with first")

    def check_comparisons(self, variants: Sequence[str]) -> None:
        """Raise `SpecError` for a comparison of variants that there are not. variants: all, those of a grid too."""
        for name, comparison in self.comparisons.items():
            for variant in comparison.variants:
                if variant not in variants:
                    raise SpecError(f"comparisons.{name}: unknown variant '{variant}'{nearest(variant, variants)}")


def read_sweep(path: Path) -> SweepFile:
    """Return the sweep in a TOML file. Raises `UsageError` with the file and the place of the fault."""
    if not path.is_file():
        raise UsageError(f"no sweep file {str(path)[:200]}; expected a .toml file with an experiment and variants")
    try:
        return from_builtins(tomllib.loads(read_text(path, LARGEST_FILE_BYTES)), SweepFile)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: not a valid TOML text: {str(error)[:200]}") from None
    except SpecError as error:
        raise SpecError(f"{path}: {error}") from None


def check_seeds(seeds: Sequence[int]) -> None:
    """Raise `SpecError` for no seeds, or one that is there twice."""
    if not seeds or len(set(seeds)) < len(seeds):
        raise SpecError(f"seeds: expected different whole numbers, as 0, 1, 2; got {list(seeds)}")
