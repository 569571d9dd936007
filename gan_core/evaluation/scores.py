"""The table of metrics: which there are, what each needs, and its scores for one set of generated samples."""

from collections.abc import Sequence

from gan_core import metrics as M
from gan_core.errors import UsageError
from gan_core.evaluation import class_scores
from gan_core.evaluation.conditional_scores import within_classes
from gan_core.evaluation.copy_scores import memorisation
from gan_core.evaluation.curve_scores import on_the_curve
from gan_core.evaluation.metric import (
    LEAST_PIXELS,
    NEEDS,
    Metric,
    MetricInputs,
    Modes,
    Score,
    count_of,
    needed,
)
from gan_core.evaluation.mode_scores import modes
from gan_core.evaluation.score_names import ALIASES, metric_name
from gan_core.evaluation.series_scores import autocorrelation, discriminative, has_steps, predictive, series_marginals
from gan_core.evaluation.sound_scores import spectrum
from gan_core.evaluation.table_scores import learning, marginals, pairs
from gan_core.metrics import kernel, path_length
from gan_core.metrics.intervals import slices_of
from gan_core.metrics.lattice import LEAST_PERIODS, lattice_level
from gan_core.specs.registry import Registry

__all__ = [
    "LEAST_PIXELS",
    "METRICS",
    "NEEDS",
    "Metric",
    "MetricInputs",
    "Modes",
    "Score",
    "applicable",
    "known_names",
    "missing",
]

PATHS, PAIRS = 1000, 1000
LATTICES = (2, 3)  # pixels: the strides of transposed convolutions


def missing(metric: Metric, inputs: MetricInputs) -> str | None:
    """Return the first of a metric's needs that some inputs do not meet, in words, or None."""
    met = {
        "probabilities": inputs.generated.probabilities is not None,
        "labels": inputs.labels is not None and _knows_labels(inputs),
        "modes": inputs.modes is not None,
        "walk": inputs.walk is not None,
        "heads": inputs.heads is not None,
        "copies": inputs.copies is not None and len(inputs.copies.searched) > 2,
        "table": inputs.table is not None,
        "target": inputs.table is not None and bool(inputs.table.target),
        "images": inputs.samples.ndim == 4 and min(inputs.samples.shape[2:]) >= LEAST_PIXELS,
        "real labels": inputs.labels is not None and inputs.real_labels is not None,
        "statistics": inputs.statistics is not None,
        "sounds": inputs.kind == "sound" and inputs.real_samples is not None,
        "series": inputs.kind == "series" and inputs.real_samples is not None and has_steps(inputs.samples),
    }
    return next((NEEDS[need] for need in metric.needs if not met[need]), None)


def applicable(inputs: MetricInputs) -> list[str]:
    """Return the names of the metrics that are worked out unless others are asked for, and whose needs are met."""
    return [name for name, metric in METRICS.items() if metric.by_default and missing(metric, inputs) is None]


def known_names(names: Sequence[str]) -> list[str]:
    """Return the names in the table of the metrics that some words mean, each once.

    Raises `UsageError` for an unknown word.
    """
    for name in names:
        if metric_name(name) not in METRICS:
            raise UsageError(METRICS.unknown(name, aliases=tuple(ALIASES)))
    return list(dict.fromkeys(metric_name(name) for name in names))


def _knows_labels(inputs: MetricInputs) -> bool:
    rows, labels = inputs.generated.probabilities, inputs.labels
    return rows is not None and labels is not None and int(labels.max(initial=0)) < rows.shape[1]


def _frechet(inputs: MetricInputs) -> list[Score]:
    pair = inputs.real.values, inputs.generated.values
    value = M.frechet_distance(*pair)
    parts = inputs.values_on_parts(value, lambda: inputs.frechet_influences)
    return [Score(name="frechet", value=value, better="lower", unit="feature²", used=count_of(inputs), parts=parts)]


def _extrapolated(inputs: MetricInputs) -> list[Score]:
    pair = inputs.real.values, inputs.generated.values
    value = M.frechet_extrapolated(*pair, inputs.seed)
    parts = inputs.values_on_parts(value, lambda: inputs.frechet_influences)
    return [
        Score(
            name="frechet extrapolated",
            value=value,
            better="lower",
            unit="feature²",
            used=count_of(inputs),
            parts=parts,
        )
    ]


def _to_statistics(inputs: MetricInputs) -> list[Score]:
    known, made = needed(inputs.statistics), inputs.generated.values
    value = M.frechet_to_statistics(known.mean, known.covariance, made)
    parts = inputs.values_on_parts(value, lambda: (M.influences_to_statistics(known.mean, known.covariance, made),))
    name = f"frechet to {known.name}"
    return [Score(name=name, value=value, better="lower", unit="feature²", used=count_of(inputs), parts=parts)]


def _kernel(inputs: MetricInputs) -> list[Score]:
    pair = inputs.real.values, inputs.generated.values
    value, deviation = M.kernel_distance(*pair, seed=inputs.seed)
    parts = inputs.values_on_parts(value, lambda: M.kernel_influences(*pair, seed=inputs.seed))
    whole = max(len(inputs.real.values), count_of(inputs)) <= kernel.SUBSET_SIZE  # every subset is all there is
    shown = None if whole else deviation
    return [Score(name="kernel", value=value, deviation=shown, better="lower", used=count_of(inputs), parts=parts)]


def _neighbours(inputs: MetricInputs) -> list[Score]:
    values = M.neighbour_scores(inputs.real.values, inputs.generated.values)
    of = {"precision": count_of(inputs), "density": 0, "recall": (real := len(inputs.real.values)), "coverage": real}
    return [
        Score(
            name=name,
            value=value,
            better="higher",
            unit="share" if of[name] else "",
            used=count_of(inputs),
            share_of=of[name],
        )
        for name, value in values.items()
    ]


def _diversity(inputs: MetricInputs) -> list[Score]:
    value = M.mean_pairwise_distance(inputs.generated.values)
    return [Score(name="pairwise distance", value=value, better="as real", unit="feature", used=count_of(inputs))]


def _vendi(inputs: MetricInputs) -> list[Score]:
    value = M.vendi_score(made := inputs.generated.values)
    parts = inputs.values_on_parts(value, lambda: (M.vendi_influences(made),))
    return [Score(name="vendi", value=value, better="as real", unit="samples", used=count_of(inputs), parts=parts)]


def _similarity(inputs: MetricInputs) -> list[Score]:
    value, scales = M.mean_similarity(inputs.samples, inputs.value_range, PAIRS, inputs.seed)
    parts = []
    for part in slices_of(count_of(inputs), inputs.parts):
        of_part = M.mean_similarity(inputs.samples[part], inputs.value_range, PAIRS // inputs.parts, inputs.seed)
        parts.append(of_part[0])
    return [Score(name=f"ms-ssim, {scales} scales", value=value, better="as real", used=count_of(inputs), parts=parts)]


def _lattice(inputs: MetricInputs) -> list[Score]:
    """How far the power at a checkerboard's frequencies stands above that beside them, in decibels.

    For patterns of 2 and of 3 pixels, which transposed convolutions leave (Odena, Dumoulin, Olah 2016).
    """
    periods = [period for period in LATTICES if min(inputs.samples.shape[2:]) >= LEAST_PERIODS * period]
    levels = {period: lattice_level(inputs.samples, period) for period in periods}
    return [
        Score(name=f"lattice of {period}", value=value, better="as real", unit="dB", used=count_of(inputs))
        for period, value in levels.items()
    ]


def _two_sample(inputs: MetricInputs) -> list[Score]:
    test = M.two_sample_test(inputs.real.values, inputs.generated.values, inputs.seed)
    return [
        Score(
            name="two-sample accuracy",
            value=test.accuracy,
            better="lower",
            unit="share",
            used=count_of(inputs),
            share_of=test.tested,
        ),
        Score(name="two-sample p-value", value=test.p_value, better="higher", used=count_of(inputs)),
    ]


def _path_length(inputs: MetricInputs) -> list[Score]:
    lengths = path_length.path_lengths(needed(inputs.walk), PATHS, seed=inputs.seed)
    value = path_length.mean_length(lengths)
    parts = inputs.values_on_parts(value, lambda: (path_length.length_influences(lengths),))
    return [Score(name="path length", value=value, better="lower", unit="feature²", used=2 * PATHS, parts=parts)]


METRICS: Registry[Metric] = Registry("metric", Metric, in_files=True)
"""The metrics by their names; one of a user's joins as `@METRICS.register("name", needs=(…))` above its `work_out`."""

METRICS.add("frechet", Metric(work_out=_frechet))
METRICS.add("frechet-extrapolated", Metric(work_out=_extrapolated))
METRICS.add("frechet-to-reference", Metric(work_out=_to_statistics, needs=("statistics",), of_reference=False))
METRICS.add("kernel", Metric(work_out=_kernel))
METRICS.add("neighbours", Metric(work_out=_neighbours))
METRICS.add("precision-recall-curve", Metric(work_out=on_the_curve, by_default=False, by_parts=False))
METRICS.add("two-sample", Metric(work_out=_two_sample, by_parts=False))
METRICS.add("memorisation", Metric(work_out=memorisation, needs=("copies",), by_parts=False))
METRICS.add("diversity", Metric(work_out=_diversity, of_reference=False))
METRICS.add("vendi", Metric(work_out=_vendi, of_reference=False, by_default=False, by_parts=False))
METRICS.add(
    "frechet-by-class",
    Metric(work_out=within_classes, needs=("real labels",), by_default=False, by_parts=False),
)
METRICS.add("ms-ssim", Metric(work_out=_similarity, needs=("images",), of_features=False, of_reference=False))
METRICS.add(
    "lattice",
    Metric(work_out=_lattice, needs=("images",), of_features=False, of_reference=False, by_default=False),
)
METRICS.add("spectrum", Metric(work_out=spectrum, needs=("sounds",), of_features=False))
METRICS.add("inception", Metric(work_out=class_scores.inception, needs=("probabilities",), of_reference=False))
METRICS.add("classes", Metric(work_out=class_scores.balance, needs=("probabilities",), of_reference=False))
METRICS.add(
    "class-modes",
    Metric(work_out=class_scores.reached_classes, needs=("probabilities",), of_reference=False, by_parts=False),
)
METRICS.add("confidence", Metric(work_out=class_scores.confidence, needs=("probabilities",), of_reference=False))
METRICS.add("labels", Metric(work_out=class_scores.agreement, needs=("labels",), of_reference=False, by_parts=False))
METRICS.add(
    "class-error", Metric(work_out=class_scores.head_error, needs=("heads",), of_features=False, by_parts=False)
)
METRICS.add("modes", Metric(work_out=modes, needs=("modes",), of_features=False, of_reference=False, by_parts=False))
METRICS.add("marginals", Metric(work_out=marginals, needs=("table",), of_features=False))
METRICS.add("associations", Metric(work_out=pairs, needs=("table",), of_features=False))
METRICS.add("table-classifier", Metric(work_out=learning, needs=("target",), of_features=False))
METRICS.add("series-marginals", Metric(work_out=series_marginals, needs=("series",), of_features=False))
METRICS.add("autocorrelation", Metric(work_out=autocorrelation, needs=("series",), of_features=False))
METRICS.add("discriminative", Metric(work_out=discriminative, needs=("series",), of_features=False, by_parts=False))
METRICS.add("predictive", Metric(work_out=predictive, needs=("series",), of_features=False))
METRICS.add("path-length", Metric(work_out=_path_length, needs=("walk",), of_reference=False, by_parts=False))
