"""Print how often 95% intervals of scores hold what they should, on data whose distributions are known.

    python benchmarks/interval_coverage.py [--sets 200] [--only NAME] [--parts 20]

Real and generated features are drawn anew for each of the sets. "holds the mean" is the share of intervals that hold
the mean of the score over all sets: what another evaluation of as many samples comes to on average. "holds the true
value" is for scores whose value at infinitely many samples is known. "width" is the mean half-width over 1.96 times the
deviation of the score over the sets: 1 is an interval as wide as it has to be. The last column is the share of
intervals of the difference of two generators of the same distribution, against the same real samples, that hold 0.
"""

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np

from gan_core.evaluation.metric import MetricInputs, Modes, Score
from gan_core.evaluation.scores import METRICS
from gan_core.evaluation.sure_scores import scores_with_intervals
from gan_core.features.extractor import Features
from gan_core.metrics import frechet_distance_of_moments
from gan_core.metrics.intervals import Estimate, interval_of_difference

Draw = Callable[[np.random.Generator], np.ndarray]


def gaussian(count: int, dimensions: int, shift: float, scale: float) -> Draw:
    """Normal features whose deviations fall off as those of networks' features do."""
    deviations = scale / np.sqrt(1 + np.arange(dimensions))
    return lambda generator: shift + deviations * generator.standard_normal((count, dimensions))


def true_frechet(dimensions: int, shift: float, scale: float) -> float:
    variances = 1 / (1 + np.arange(dimensions))
    return frechet_distance_of_moments(
        np.zeros(dimensions), np.diag(variances), np.full(dimensions, shift), np.diag(scale**2 * variances)
    )


def cases() -> dict[str, tuple[str, Draw, Draw, float | None]]:
    """Name → metric, real features, generated features, and the true Fréchet distance where one is known."""
    found: dict[str, tuple[str, Draw, Draw, float | None]] = {}
    for metric in ("frechet", "frechet-extrapolated", "kernel", "neighbours", "diversity", "two-sample"):
        for words, shift, scale in (("apart", 0.1, 1.3), ("near", 0.02, 1.05), ("alike", 0.0, 1.0)):
            for count, dimensions in ((1000, 32), (600, 128)):
                name = f"{metric}, {words}, {count} × {dimensions}"
                true = true_frechet(dimensions, shift, scale) if metric.startswith("frechet") else None
                real = gaussian(count, dimensions, 0.0, 1.0)
                found[name] = (metric, real, gaussian(count, dimensions, shift, scale), true)
    points = gaussian(1000, 2, 0.0, 0.3)
    for metric in ("inception", "classes", "modes"):
        found[f"{metric}, 1000"] = (metric, points, points, None)
    return found


def inputs_of(metric: str, real: np.ndarray, generated: np.ndarray, parts: int) -> MetricInputs:
    made = Features(values=generated, probabilities=classes_of(generated))
    centres = np.array([[x, y] for x in (-0.5, 0.0, 0.5) for y in (-0.5, 0.0, 0.5)])
    return MetricInputs(
        real=Features(values=real),
        samples=generated,
        generated=made,
        value_range=(-1.0, 1.0),
        modes=Modes(centres=centres, standard_deviation=0.1) if metric == "modes" else None,
        parts=parts,
    )


def classes_of(points: np.ndarray) -> np.ndarray:
    """Probabilities of five classes, [N, 5], from the first two features."""
    logits = points[:, :2] @ np.array([[3.0, -3.0, 0.0, 0.0, 1.0], [0.0, 0.0, 3.0, -3.0, 1.0]])
    shares: np.ndarray = np.exp(logits)
    return shares / shares.sum(axis=1, keepdims=True)


def estimate_of(score: Score) -> Estimate:
    reach = None if score.parts or score.share_of or not score.interval else score.value - score.interval[0]
    return Estimate(score.value, score.parts, score.share_of, reach)


def measure(metric: str, real: Draw, generated: Draw, true: float | None, sets: int, parts: int) -> list[str]:
    values: dict[str, list[float]] = {}
    bounds: dict[str, list[tuple[float, float]]] = {}
    differences: dict[str, list[bool]] = {}
    for number in range(sets):
        generator = np.random.default_rng(number)
        reference = real(generator)
        both = [
            scores_with_intervals(METRICS[metric], inputs_of(metric, reference, generated(generator), parts))
            for _ in range(2)
        ]
        for one, other in zip(*both, strict=True):
            if one.interval is None:
                continue
            values.setdefault(one.name, []).append(one.value)
            bounds.setdefault(one.name, []).append(one.interval)
            ends = interval_of_difference(estimate_of(one), estimate_of(other), same_reference=True)
            differences.setdefault(one.name, []).append(ends is not None and ends[0] <= 0 <= ends[1])
    lines = []
    for name, of_score in values.items():
        ends, mean = np.array(bounds[name]), np.mean(of_score)
        holds: Any = [
            np.mean((ends[:, 0] <= point) & (point <= ends[:, 1])) for point in (mean, true) if point is not None
        ]
        width = (ends[:, 1] - ends[:, 0]).mean() / 2 / 1.96 / np.std(of_score) if np.std(of_score) else 1.0
        shown = f"{holds[1]:.3f}" if true is not None else "-"
        known = "-" if true is None else f"{true:.4g}"
        held = f"{holds[0]:.3f} | {shown} | {width:.2f} | {np.mean(differences[name]):.3f}"
        lines.append(f"{name} | {mean:.4g} | {known} | {held}")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=200)
    parser.add_argument("--parts", type=int, default=20)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    print("case | score | mean | true value | holds the mean | holds the true value | width | difference holds 0")
    for name, (metric, real, generated, true) in cases().items():
        if given.only in name:
            for line in measure(metric, real, generated, true, given.sets, given.parts):
                print(f"{name} | {line}", flush=True)


if __name__ == "__main__":
    main()
