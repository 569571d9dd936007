"""The table of metrics: which there are, what each needs, and its numbers for one set of generated samples."""

from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Literal, TypeVar

import numpy as np

from gan_core import metrics as M
from gan_core.errors import UsageError
from gan_core.evaluation.score_names import ALIASES, metric_name
from gan_core.evaluation.training_copies import TrainingCopies
from gan_core.features.extractor import Features
from gan_core.metrics import kernel, path_length
from gan_core.specs.registry import Registry

T = TypeVar("T")
Better = Literal["lower", "higher", "as real"]
PATHS = 1000
LEAST_PIXELS = 11  # of an image that has an MS-SSIM


@dataclass(frozen=True, kw_only=True)
class Modes:
    """The known mixture: centres [modes, D] and the standard deviation of each."""

    centres: np.ndarray
    standard_deviation: float


@dataclass(frozen=True, kw_only=True)
class Material:
    """All that metrics may read of one set of generated samples, and of the reference.

    labels: the classes that were asked for, or None. walk: from shares to features along paths (see
    `perceptual_path_length`), or None for real samples. copies: what finds copies of training samples; positions: of
    the samples in the training data, where they are real ones of these. seed: of the metrics' own random choices.
    """

    real: Features
    samples: np.ndarray
    generated: Features
    value_range: tuple[float, float]
    labels: np.ndarray | None = None
    modes: Modes | None = None
    walk: Callable[[np.ndarray], np.ndarray] | None = None
    copies: TrainingCopies | None = None
    positions: np.ndarray | None = None
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Score:
    """One number. deviation: over splits or subsets, where there are any. used: generated samples it rests on."""

    name: str
    value: float
    better: Better
    unit: str = ""
    deviation: float | None = None
    used: int


@dataclass(frozen=True)
class Metric:
    """An entry of the table.

    needs: the fields of a material, or "probabilities", without which it cannot be. of_features: whether the
    extractor stands behind its numbers; of_reference: whether the real samples do.
    """

    work_out: Callable[[Material], list[Score]]
    _: KW_ONLY
    needs: tuple[str, ...] = ()
    of_features: bool = True
    of_reference: bool = True


def missing(metric: Metric, material: Material) -> str | None:
    """Return what a metric lacks in a material, in words, or None."""
    lacks = {
        "probabilities": "an extractor that knows classes",
        "labels": "a generator that reads labels, and an extractor that knows the same classes",
        "modes": "a mixture with known centres",
        "walk": "a generator with latents",
        "copies": "the samples it was trained on, at least 3",
        "images": f"images of at least {LEAST_PIXELS} pixels a side",
    }
    there = {
        "probabilities": material.generated.probabilities is not None,
        "labels": material.labels is not None and _knows_labels(material),
        "modes": material.modes is not None,
        "walk": material.walk is not None,
        "copies": material.copies is not None and len(material.copies.searched) > 2,
        "images": material.samples.ndim == 4 and min(material.samples.shape[2:]) >= LEAST_PIXELS,
    }
    return next((lacks[need] for need in metric.needs if not there[need]), None)


def applicable(material: Material) -> list[str]:
    """Return the names of the metrics that a material has all for."""
    return [name for name, metric in METRICS.items() if missing(metric, material) is None]


def known_names(names: Sequence[str]) -> list[str]:
    """Return the metrics asked for, by the table's names, each once. Raises `UsageError` for an unknown one."""
    for name in names:
        if metric_name(name) not in METRICS:
            raise UsageError(METRICS.unknown(name, aliases=tuple(ALIASES)))
    return list(dict.fromkeys(metric_name(name) for name in names))


def _knows_labels(material: Material) -> bool:
    rows, labels = material.generated.probabilities, material.labels
    return rows is not None and labels is not None and int(labels.max(initial=0)) < rows.shape[1]


def _frechet(material: Material) -> list[Score]:
    value = M.frechet_distance(material.real.values, material.generated.values)
    return [Score(name="frechet", value=value, better="lower", unit="feature²", used=_count(material))]


def _extrapolated(material: Material) -> list[Score]:
    value = M.frechet_extrapolated(material.real.values, material.generated.values, material.seed)
    return [Score(name="frechet extrapolated", value=value, better="lower", unit="feature²", used=_count(material))]


def _kernel(material: Material) -> list[Score]:
    value, deviation = M.kernel_distance(material.real.values, material.generated.values, seed=material.seed)
    whole = max(len(material.real.values), _count(material)) <= kernel.SUBSET_SIZE  # every subset is all there is
    shown = None if whole else deviation
    return [Score(name="kernel", value=value, deviation=shown, better="lower", used=_count(material))]


def _neighbours(material: Material) -> list[Score]:
    values = M.neighbour_scores(material.real.values, material.generated.values)
    return [
        Score(name=name, value=value, better="higher", unit="" if name == "density" else "share", used=_count(material))
        for name, value in values.items()
    ]


def _inception(material: Material) -> list[Score]:
    value, deviation = M.inception_score(_given(material.generated.probabilities))
    return [
        Score(
            name="inception", value=value, deviation=deviation, better="higher", unit="classes", used=_count(material)
        )
    ]


def _diversity(material: Material) -> list[Score]:
    value = M.mean_pairwise_distance(material.generated.values)
    return [Score(name="pairwise distance", value=value, better="as real", unit="feature", used=_count(material))]


def _similarity(material: Material) -> list[Score]:
    value, scales = M.mean_similarity(material.samples, material.value_range, seed=material.seed)
    return [Score(name=f"ms-ssim, {scales} scales", value=value, better="as real", used=_count(material))]


def _two_sample(material: Material) -> list[Score]:
    test = M.two_sample_test(material.real.values, material.generated.values, material.seed)
    return [
        Score(name="two-sample accuracy", value=test.accuracy, better="lower", unit="share", used=_count(material)),
        Score(name="two-sample p-value", value=test.p_value, better="higher", used=_count(material)),
    ]


def _path_length(material: Material) -> list[Score]:
    value = path_length.perceptual_path_length(_given(material.walk), PATHS, seed=material.seed)
    return [Score(name="path length", value=value, better="lower", unit="feature²", used=2 * PATHS)]


def _classes(material: Material) -> list[Score]:
    rows = _given(material.generated.probabilities)
    entropy = M.entropy_bits(M.class_shares(rows.argmax(axis=1), rows.shape[1]))
    return [Score(name="class entropy", value=entropy, better="as real", unit="bits", used=_count(material))]


def _agreement(material: Material) -> list[Score]:
    value = M.label_agreement(_given(material.generated.classes), _given(material.labels))
    return [Score(name="label agreement", value=value, better="higher", unit="share", used=_count(material))]


def _modes(material: Material) -> list[Score]:
    known = _given(material.modes)
    found = M.mode_coverage(material.samples, known.centres, known.standard_deviation)
    rows: list[tuple[str, float, Better, str]] = [
        ("modes covered", found.covered, "higher", f"of {found.modes}"),
        ("modes with 1% of samples", found.covered_by_share, "higher", f"of {found.modes}"),
        ("modes within .1", found.covered_within_radius, "higher", f"of {found.modes}"),
        ("high quality", found.high_quality, "higher", "share"),
        ("reverse KL", found.reverse_kl, "lower", "nats"),
    ]
    return [
        Score(name=name, value=value, better=better, unit=unit, used=_count(material))
        for name, value, better, unit in rows
    ]


def _memorisation(material: Material) -> list[Score]:
    known = _given(material.copies)
    made = known.nearness(material.generated.values, material.positions)
    rows = {
        "copied share": (M.copied_share(known.held_out, made), "share"),
        "copying rank": (M.copying_rank(known.held_out, made), ""),
    }
    return [
        Score(name=name, value=value, better="as real", unit=unit, used=_count(material))
        for name, (value, unit) in rows.items()
    ]


METRICS: Registry[Metric] = Registry("metric", Metric, in_files=True)
"""The metrics by their names; one of a user's joins as `@METRICS.register("name", needs=(…))` above its `work_out`."""

METRICS.add("frechet", Metric(work_out=_frechet))
METRICS.add("frechet-extrapolated", Metric(work_out=_extrapolated))
METRICS.add("kernel", Metric(work_out=_kernel))
METRICS.add("neighbours", Metric(work_out=_neighbours))
METRICS.add("two-sample", Metric(work_out=_two_sample))
METRICS.add("memorisation", Metric(work_out=_memorisation, needs=("copies",)))
METRICS.add("diversity", Metric(work_out=_diversity, of_reference=False))
METRICS.add("ms-ssim", Metric(work_out=_similarity, needs=("images",), of_features=False, of_reference=False))
METRICS.add("inception", Metric(work_out=_inception, needs=("probabilities",), of_reference=False))
METRICS.add("classes", Metric(work_out=_classes, needs=("probabilities",), of_reference=False))
METRICS.add("labels", Metric(work_out=_agreement, needs=("labels",), of_reference=False))
METRICS.add("modes", Metric(work_out=_modes, needs=("modes",), of_features=False, of_reference=False))
METRICS.add("path-length", Metric(work_out=_path_length, needs=("walk",), of_reference=False))


def _count(material: Material) -> int:
    return len(material.samples)


def _given(value: T | None) -> T:
    """What `missing` has seen to."""
    assert value is not None
    return value
