"""The scores of a metric with what is known of their error."""

import math
from collections.abc import Sequence
from dataclasses import replace

from gan_core.errors import GanError
from gan_core.evaluation.metric import Metric, MetricInputs, Score
from gan_core.evaluation.scores import missing
from gan_core.metrics.intervals import LEAST_PARTS, Estimate, Interval, interval

ENOUGH = 100  # samples in a part that a metric is worked out on anew, where there are that many


def scores_with_intervals(metric: Metric, inputs: MetricInputs) -> list[Score]:
    """Return the scores of inputs that have all that a metric needs, with intervals where `inputs.parts` asks for them.

    A metric whose scores have no values on parts is worked out on each part, and its scores stay without an interval
    where a part is too small for it, or lacks what it needs: a part has no walks, heads and copies.
    """
    scores = metric.work_out(inputs)
    if not inputs.parts:
        return scores
    if metric.by_parts and not all(score.parts for score in scores):
        found = _on_each_part(metric, inputs)
        scores = [replace(score, parts=score.parts or found.get(score.name, ())) for score in scores]
    return [replace(score, interval=score.interval or _interval(score)) for score in scores]


def _on_each_part(metric: Metric, inputs: MetricInputs) -> dict[str, Sequence[float]]:
    """Return by name the values of the scores that a metric has on every part.

    A tenth of the samples and more have as many neighbours, and as many modes, as all; twenty samples have not. So the
    parts are fewer where samples are.
    """
    enough = min(len(inputs.samples), len(inputs.real.values)) // ENOUGH
    inputs = replace(inputs, parts=min(inputs.parts, max(LEAST_PARTS, enough)))
    found: dict[str, list[float]] = {}
    for number in range(inputs.parts):
        part = inputs.part(number)
        if missing(metric, part) is not None:
            return {}
        try:
            scores = metric.work_out(part)
        except GanError:  # too few samples
            return {}
        except Exception:  # noqa: BLE001  # one of a user's that is not made for few samples; its value on all stands
            return {}
        for score in scores:
            found.setdefault(score.name, []).append(score.value)
    return {name: values for name, values in found.items() if len(values) == inputs.parts}


def _interval(score: Score) -> Interval | None:
    if not math.isfinite(score.value) or not all(map(math.isfinite, score.parts)):
        return None
    return interval(Estimate(score.value, score.parts, score.share_of))
