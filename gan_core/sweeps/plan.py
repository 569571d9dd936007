"""What a sweep is: a TOML file with a base, named variants of it, and comparisons of some of them."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gan_core.errors import SpecError, UsageError, nearest
from gan_core.evaluation.scores import known_names
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import LARGEST_FILE_BYTES, with_changes
from gan_core.files.text_files import read_text
from gan_core.presets import PRESETS
from gan_core.presets.loading import load_experiment, read_changes
from gan_core.specs.spec import NonNegativeInt, PlainName, PositiveInt, Spec, from_builtins


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
    variants: tuple[PlainName, ...]


class SweepFile(Spec, frozen=True, kw_only=True):
    """A sweep as its file has it.

    experiment: a preset's name, or the path of an experiment file, seen from the sweep's. set: changes of every
    variant. seeds: each variant is trained once from each. metrics: the scores, by the words of `gan evaluate`; by
    default those of frechet, neighbours, classes and modes that the data allow. samples: generated for the scores.
    features: the extractor. comparisons: by default one of all variants.
    """

    experiment: str
    set: tuple[str, ...] = ()
    seeds: tuple[NonNegativeInt, ...] = (0, 1, 2)
    metrics: tuple[str, ...] = ()
    samples: PositiveInt = 2000
    features: str = "auto"
    variants: dict[PlainName, SweptVariant]
    comparisons: dict[PlainName, Comparison] = msgspec.field(default_factory=dict)

    def check(self) -> None:
        """Raise `SpecError` for a comparison of variants that there are not, and for a sweep of nothing."""
        if not self.variants:
            raise SpecError("variants: expected at least one, as [variants.base]")
        check_seeds(self.seeds)
        for name, comparison in self.comparisons.items():
            if not comparison.variants:
                raise SpecError(f"comparisons.{name}: expected variants, the one to compare with first")
            for variant in comparison.variants:
                if variant not in self.variants:
                    raise SpecError(f"comparisons.{name}: unknown variant '{variant}'{nearest(variant, self.variants)}")


@dataclass(frozen=True, kw_only=True)
class SweepPlan:
    """A sweep, worked out.

    titles: variant → its title. experiments: (variant, seed) → what is trained, in the order of training: every variant
    from the first seed, then from the second. comparisons: title → variants.
    """

    titles: Mapping[str, str]
    experiments: Mapping[tuple[str, int], Experiment]
    comparisons: Mapping[str, Sequence[str]]
    seeds: Sequence[int]
    metrics: Sequence[str]
    samples: int
    features: str


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


def planned(
    sweep: SweepFile, folder: Path, *, seeds: Sequence[int] | None = None, steps: int | None = None
) -> SweepPlan:
    """Return what a sweep trains.

    folder: from which the files of experiments are seen. seeds, steps: in place of the file's. Raises `UsageError` or
    `SpecError`, with the variant's name, where an experiment cannot be made.
    """
    numbers = tuple(sweep.seeds if seeds is None else seeds)
    check_seeds(numbers)
    known_names(sweep.metrics)
    common = read_changes(sweep.set)
    settings = {} if steps is None else {"training.steps": steps}
    made = {}
    for name, variant in sweep.variants.items():
        source = _source(variant.experiment or sweep.experiment, folder)
        try:
            made[name] = load_experiment(source, common | read_changes(variant.set) | settings)
        except UsageError as error:
            raise type(error)(f"variants.{name}: {error}") from None
    experiments = {
        (name, seed): with_changes(one, {"training.seed": seed}) for seed in numbers for name, one in made.items()
    }
    comparisons = {one.title or name: one.variants for name, one in sweep.comparisons.items()}
    return SweepPlan(
        titles={name: variant.title or name for name, variant in sweep.variants.items()},
        experiments=experiments,
        comparisons=comparisons or {"all": tuple(sweep.variants)},
        seeds=numbers,
        metrics=sweep.metrics,
        samples=sweep.samples,
        features=sweep.features,
    )


def check_seeds(seeds: Sequence[int]) -> None:
    """Raise `SpecError` for no seeds, or one that is there twice."""
    if not seeds or len(set(seeds)) < len(seeds):
        raise SpecError(f"seeds: expected different whole numbers, as 0, 1, 2; got {list(seeds)}")


def _source(name: str, folder: Path) -> str | Path:
    beside = folder / name
    return name if name in PRESETS or not beside.exists() else beside
