"""What metrics read of one set of generated samples, and what they return."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from gan_core.data.columns import Column, Values
from gan_core.evaluation.head_classes import HeadClasses
from gan_core.evaluation.training_copies import TrainingCopies
from gan_core.features.extractor import Features

Better = Literal["lower", "higher", "as real"]


@dataclass(frozen=True, kw_only=True)
class MixedTable:
    """A mixed table: its columns, the one that a classifier learns to tell or "", and the reference's values."""

    columns: tuple[Column, ...]
    target: str
    real: Values


@dataclass(frozen=True, kw_only=True)
class Modes:
    """The known modes of the data: centres [modes, D] and the standard deviation of each mode."""

    centres: np.ndarray
    standard_deviation: float


@dataclass(frozen=True, kw_only=True)
class MetricInputs:
    """All that metrics may read of one set of generated samples, and of the reference.

    real: the features of the reference. samples: the generated samples, [N, *shape]. generated: their features.
    value_range: that of the samples. labels: the classes that were asked for, [N], or None. walk: the function from
    shares to features along paths (see `perceptual_path_length`), or None for real samples. heads: the function that
    works out which classes the run's own networks choose for the real samples, or None where they choose none. copies:
    what finds copies of training samples. positions: where the samples stand in the training data, [N], or None for
    generated ones. seed: for the random choices of the metrics.
    """

    real: Features
    samples: np.ndarray
    generated: Features
    value_range: tuple[float, float]
    labels: np.ndarray | None = None
    modes: Modes | None = None
    walk: Callable[[np.ndarray], np.ndarray] | None = None
    heads: Callable[[], list[HeadClasses]] | None = None
    copies: TrainingCopies | None = None
    positions: np.ndarray | None = None
    table: MixedTable | None = None
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Score:
    """One number of a metric.

    better: whether lower or higher values are better, or those of real samples. deviation: the standard deviation over
    splits or subsets, if there are any. used: how many generated samples the number rests on.
    """

    name: str
    value: float
    better: Better
    unit: str = ""
    deviation: float | None = None
    used: int
