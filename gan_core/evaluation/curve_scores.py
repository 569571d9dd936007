"""Precision and recall of a curve of the two, as scores."""

from gan_core.evaluation.metric import MetricInputs, Score, count_of
from gan_core.metrics.intervals import Estimate, Interval, interval
from gan_core.metrics.precision_recall_curve import curve_on_parts

NAMES = {"precision": "F_1/8 precision", "recall": "F_8 recall"}  # of the numbers that stand for a curve


def on_the_curve(inputs: MetricInputs) -> list[Score]:
    """Return the two numbers that stand for the curve of precision against recall, see `precision_recall_curve`."""
    curve = inputs.curve
    on_parts = curve_on_parts(curve, inputs.parts)
    scores = []
    for kind, value in curve.scores._asdict().items():
        parts = [getattr(part, kind) for part in on_parts]
        ends = interval(Estimate(value, parts))
        within = None if ends is None else Interval(max(0.0, ends.low), min(1.0, ends.high))
        scores.append(
            Score(
                name=NAMES[kind],
                value=value,
                better="higher",
                unit="share",
                used=count_of(inputs),
                parts=parts,
                interval=within,
            )
        )
    return scores
