"""What a sweep trains, worked out: every variant on every backend from every seed, and what is compared."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gan_core.contract.loading import installed_backends
from gan_core.errors import BackendError, SpecError, UsageError, nearest
from gan_core.evaluation.scores import known_names
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import with_changes
from gan_core.presets import entry_of
from gan_core.presets.loading import load_experiment, read_changes
from gan_core.sweeps.file import SweepFile, SweptVariant, check_seeds
from gan_core.sweeps.grid import EXPERIMENT, Point, axes_of, points_of

MOST_VARIANTS = 1000


@dataclass(frozen=True, kw_only=True)
class SweepPlan:
    """A sweep, worked out.

    titles: variant → its title. backends: variant → its framework. settings: variant → what differs between variants,
    in short, as axis → value. experiments: (variant, seed) → what is trained, in the order of training: every variant
    from the first seed, then from the second. comparisons: title → variants. best: the score to order by, or "".
    checkpoints: which of each run are scored.
    """

    titles: Mapping[str, str]
    backends: Mapping[str, str]
    experiments: Mapping[tuple[str, int], Experiment]
    comparisons: Mapping[str, Sequence[str]]
    seeds: Sequence[int]
    metrics: Sequence[str]
    samples: int
    features: str
    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    common: Sequence[str] = ()
    best: str = ""
    checkpoints: Sequence[str] = ("last",)


@dataclass(frozen=True, kw_only=True)
class _Variant:
    """One way to train before its experiment is made. source: a preset's name, or a file."""

    name: str
    title: str
    backend: str
    source: str
    changes: Mapping[str, Any]
    settings: Mapping[str, str]


def planned(
    sweep: SweepFile,
    folder: Path,
    *,
    backends: Sequence[str] = (),
    seeds: Sequence[int] | None = None,
    steps: int | None = None,
    best: str | None = None,
) -> SweepPlan:
    """Return what a sweep trains.

    folder: from which the files of experiments are seen. backends, seeds, steps, best: in place of the file's. Raises
    `UsageError` or `SpecError`, with the variant's name, where an experiment cannot be made.
    """
    numbers = tuple(sweep.seeds if seeds is None else seeds)
    check_seeds(numbers)
    known_names(sweep.metrics)
    frameworks = checked_backends(backends or sweep.backends)
    settings = {} if steps is None else {"training.steps": steps}
    variants = list(_variants(sweep, frameworks))
    sweep.check_comparisons([one.name for one in variants])
    made: dict[str, Experiment] = {}
    loaded: dict[str, Experiment] = {}  # the same on every backend: its notes are to be told once
    for one in variants:
        key = repr((one.source, one.changes))
        try:
            if key not in loaded:
                loaded[key] = load_experiment(_source(one.source, folder), {**one.changes, **settings})
        except UsageError as error:
            raise type(error)(f"variants.{one.name}: {error}") from None
        if "best" in sweep.checkpoints and not loaded[key].evaluation.happens:
            raise SpecError(
                f"variants.{one.name}: no checkpoint is the best of a run that is not evaluated; set "
                "evaluation.every_steps=500, or leave best out of checkpoints"
            )
        made[one.name] = loaded[key]
    comparisons = {one.title or name: one.variants for name, one in sweep.comparisons.items()}
    return SweepPlan(
        titles={one.name: one.title for one in variants},
        backends={one.name: one.backend for one in variants},
        experiments={
            (name, seed): with_changes(one, {"training.seed": seed}) for seed in numbers for name, one in made.items()
        },
        comparisons=comparisons or {"all": tuple(made)},
        seeds=numbers,
        metrics=sweep.metrics,
        samples=sweep.samples,
        features=sweep.features,
        settings={one.name: one.settings for one in variants},
        common=sweep.set,
        best=best or sweep.best,
        checkpoints=sweep.checkpoints,
    )


def _variants(sweep: SweepFile, backends: Sequence[str]) -> Iterator[_Variant]:
    """Every named variant × every point of the grid × every backend, each with a name that says what it has alone."""
    axes = axes_of(sweep.grid)
    named: Mapping[str, SweptVariant | None] = sweep.variants or {"": None}
    if (count := math.prod(map(len, axes.values())) * len(named) * len(backends)) > MOST_VARIANTS:
        raise SpecError(f"grid: {count:,} variants; expected at most {MOST_VARIANTS:,}, so leave values out")
    points = points_of(axes)
    common, several = read_changes(sweep.set), len(backends) > 1
    for name, variant in named.items():
        for point in points:
            for backend in backends:
                words = [name, point.name, backend if several else ""]
                titles = [variant.title or name if variant else "", point.title, backend if several else ""]
                parts = {"variant": name} if variant else {}
                yield _Variant(
                    name="-".join(filter(None, words)) or backend,
                    title=", ".join(filter(None, titles)) or backend,
                    backend=backend,
                    source=(variant.experiment if variant else None) or _experiment(point) or sweep.experiment,
                    changes=common | read_changes(variant.set if variant else ()) | _changes(point),
                    settings={**parts, **point.settings, **({"backend": backend} if several else {})},
                )


def _experiment(point: Point) -> str:
    return str(point.changes.get(EXPERIMENT, ""))


def _changes(point: Point) -> dict[str, Any]:
    return {key: value for key, value in point.changes.items() if key != EXPERIMENT}


def checked_backends(backends: Sequence[str]) -> Sequence[str]:
    """Return the backends. Raises `UsageError` for none, and `BackendError` for one that is unknown."""
    known = installed_backends()
    if not backends:
        raise UsageError('backend: expected a framework, here or as backends = ["NAME"] in the sweep\'s file')
    for name in backends:
        if name not in known:
            raise BackendError(f"unknown backend '{name}'{nearest(name, known)}")
    return backends


def _source(name: str, folder: Path) -> str | Path:
    beside = folder / name
    return name if entry_of(name) or not beside.exists() else beside
