"""What a metric is, what it may read, and the scores that it gives."""

from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from functools import cached_property
from typing import Literal, TypeVar

import numpy as np

from gan_core.data.columns import Column, Values
from gan_core.evaluation.head_classes import HeadClasses
from gan_core.evaluation.training_copies import TrainingCopies
from gan_core.features.extractor import Features
from gan_core.features.statistics import FeatureStatistics
from gan_core.metrics.frechet import frechet_influences
from gan_core.metrics.intervals import Interval, on_parts, slices_of
from gan_core.metrics.precision_recall_curve import PrecisionRecallCurve, precision_recall_curve

T = TypeVar("T")
Better = Literal["lower", "higher", "as real"]
LEAST_PIXELS = 11  # of an image that has an MS-SSIM
NEEDS = {  # what a metric may need → in words
    "probabilities": "an extractor that knows classes",
    "labels": "a generator that reads labels, and an extractor that knows the same classes",
    "modes": "a mixture with known centres",
    "walk": "a generator with latents",
    "heads": "a discriminator that chooses classes, and held-out samples with labels",
    "copies": "the samples it was trained on, at least 3",
    "images": f"images of at least {LEAST_PIXELS} pixels a side",
    "sounds": "sounds",
    "real labels": "a generator that reads labels, and real samples with labels",
    "statistics": "statistics of real features: reference=FILE.npz",
    "series": "series [steps, features] of at least 3 steps",
    "table": "a mixed table, of columns of numbers and categories",
    "target": "a mixed table with a target, a column of categories to tell: data.target",
}


@dataclass(frozen=True, kw_only=True)
class MixedTable:
    """A mixed table: its columns, the one that a classifier learns to tell or "", and the reference's values."""

    columns: tuple[Column, ...]
    target: str
    real: Values

    def some(self, rows: slice) -> "MixedTable":
        """Return the table of some rows of the reference."""
        return replace(self, real={name: values[rows] for name, values in self.real.items()})


@dataclass(frozen=True, kw_only=True)
class Modes:
    """The known modes of the data: centres [modes, D] and the standard deviation of each mode."""

    centres: np.ndarray
    standard_deviation: float


@dataclass(frozen=True, kw_only=True)
class MetricInputs:
    """All that metrics may read of one set of generated samples, and of the reference.

    real: the features of the reference. samples: the generated samples, [N, *shape]. generated: their features.
    real_samples: the samples of the reference, [M, *shape], or None. kind: the word of the samples' kind (`shown_as`).
    value_range: that of the samples. labels: the classes that were asked for, [N], or None. walk: the function from
    shares to features along paths (see `perceptual_path_length`), or None for real samples. heads: the function that
    works out which classes the run's own networks choose for the real samples, or None where they choose none. copies:
    what finds copies of training samples. positions: where the samples stand in the training data, [N], or None for
    generated ones. table: of a mixed table, what its scores read besides. seed: for the random choices of the metrics.
    parts: into how many parts samples are put for intervals, 0 for none. statistics: published ones, or None.
    real_labels: the classes of the reference, [M], or None.
    """

    real: Features
    samples: np.ndarray
    generated: Features
    value_range: tuple[float, float]
    real_samples: np.ndarray | None = None
    kind: str = ""
    labels: np.ndarray | None = None
    modes: Modes | None = None
    walk: Callable[[np.ndarray], np.ndarray] | None = None
    heads: Callable[[], list[HeadClasses]] | None = None
    copies: TrainingCopies | None = None
    positions: np.ndarray | None = None
    table: MixedTable | None = None
    seed: int = 0
    parts: int = 0
    statistics: FeatureStatistics | None = None
    real_labels: np.ndarray | None = None

    @cached_property
    def frechet_influences(self) -> tuple[np.ndarray, np.ndarray]:
        """By how much each real and each generated sample moves their Fréchet distance, which two scores ask for."""
        return frechet_influences(self.real.values, self.generated.values)

    @cached_property
    def curve(self) -> PrecisionRecallCurve:
        """Precision against recall of the samples, which scores and a picture ask for."""
        return precision_recall_curve(self.real.values, self.generated.values, self.seed)

    def values_on_parts(self, value: float, influences: Callable[[], tuple[np.ndarray, ...]]) -> list[float]:
        """Return a score's values on the parts of the samples, see `metrics.intervals`; [] where none are asked for.

        influences: works out those of each of its sets of samples, only where they are needed.
        """
        return on_parts(value, self.parts, *influences()) if self.parts else []

    def part(self, number: int) -> "MetricInputs":
        """Return what metrics read of one part of all samples, real and generated, for scores without intervals."""
        own, real = (slices_of(count, self.parts)[number] for count in (len(self.samples), len(self.real.values)))
        return replace(
            self,
            real=self.real.some(real),
            samples=self.samples[own],
            generated=self.generated.some(own),
            real_samples=None if self.real_samples is None else self.real_samples[real],
            labels=None if self.labels is None else self.labels[own],
            positions=None if self.positions is None else self.positions[own],
            real_labels=None if self.real_labels is None else self.real_labels[real],
            table=None if self.table is None else self.table.some(real),
            walk=None,
            heads=None,
            copies=None,
            parts=0,
        )


@dataclass(frozen=True, kw_only=True)
class Score:
    """One number of a metric.

    better: whether lower or higher values are better, or those of real samples. deviation: the standard deviation over
    splits or subsets, if there are any. used: how many generated samples the number rests on. parts: its values on the
    parts of the samples, () for a metric that is worked out again on each part where intervals are asked for. share_of:
    of a share, how many samples it is a share of. interval: in place of the one that follows from these.
    """

    name: str
    value: float
    better: Better
    unit: str = ""
    deviation: float | None = None
    used: int
    parts: Sequence[float] = ()
    share_of: int = 0
    interval: Interval | None = None


@dataclass(frozen=True)
class Metric:
    """An entry of the table.

    work_out: returns the scores of inputs that have all that the metric needs. needs: what the metric needs, of the
    keys of `NEEDS`. of_features: whether the scores depend on the extractor. of_reference: whether they depend on the
    real samples. by_default: whether an evaluation that names no metrics has it. by_parts: whether it is worked out
    again on each part of the samples where intervals are asked for and its scores come without.
    """

    work_out: Callable[[MetricInputs], list[Score]]
    _: KW_ONLY
    needs: tuple[str, ...] = ()
    of_features: bool = True
    of_reference: bool = True
    by_default: bool = True
    by_parts: bool = True


def count_of(inputs: MetricInputs) -> int:
    """Return how many generated samples there are."""
    return len(inputs.samples)


def needed(value: T | None) -> T:
    """Return a field that a metric needs: `missing` guarantees that it is there when the metric is worked out."""
    assert value is not None
    return value
