"""The runs of a sweep as rows: each score's mean over the seeds and its range."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from gan_core.sessions.run import Run
from gan_core.sweeps.plan import SweepPlan


@dataclass(frozen=True, kw_only=True)
class Swept:
    """A finished run of a sweep and its scores, as plain rows of `gan_core.evaluation.scorer.Row`."""

    run: Run
    scores: Sequence[Mapping[str, Any]]


Done = Mapping[tuple[str, int], Swept]  # by variant and seed


def rows_of(plan: SweepPlan, done: Done) -> list[dict[str, Any]]:
    """Return a row for each variant of each comparison that has a finished run.

    A row holds ``comparison``, ``variant``, ``title``, the ``seeds`` that it rests on, ``step_milliseconds`` and
    ``scores``: name → mean, min, max, values by seed, floor (of real samples), unit and better.
    """
    rows = []
    for comparison, variants in plan.comparisons.items():
        for variant in variants:
            seeds = [seed for seed in plan.seeds if (variant, seed) in done]
            if seeds:
                facts = {"comparison": comparison, "variant": variant, "title": plan.titles[variant], "seeds": seeds}
                rows.append(facts | {"step_milliseconds": _speed(done, variant), "scores": _scores(done, variant)})
    return rows


def parted(plan: SweepPlan, done: Done) -> dict[str, dict[str, list[str]]]:
    """Return comparison → variant → the scores in which its range over the seeds does not overlap the first variant's.

    With three seeds each that happens by chance once in ten times for two variants that do not differ: of the 20 ways
    in which 2 × 3 numbers can lie, two keep them apart.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for comparison, (first, *others) in plan.comparisons.items():
        known = _scores(done, first)
        each = {variant: _scores(done, variant) for variant in others}
        found[comparison] = {
            variant: [name for name in scores if name in known and _apart(scores[name], known[name])]
            for variant, scores in each.items()
            if scores and known
        }
    return found


def shown(score: Mapping[str, Any]) -> str:
    """Return a score's mean with its range over the seeds, as ``31.2 (28.9 to 34.0)``."""
    text = f"{score['mean']:.3g}"
    return text if score["min"] == score["max"] else f"{text} ({score['min']:.3g} to {score['max']:.3g})"


def _apart(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return bool(one["max"] < other["min"] or other["max"] < one["min"])


def _scores(done: Done, variant: str) -> dict[str, dict[str, Any]]:
    runs = [swept for (name, _), swept in done.items() if name == variant]
    found: dict[str, dict[str, Any]] = {}
    for row in runs[0].scores if runs else ():
        values = [other["value"] for swept in runs for other in swept.scores if other["metric"] == row["metric"]]
        found[row["metric"]] = {
            "mean": fmean(values),
            "min": min(values),
            "max": max(values),
            "values": values,
            **{key: row[key] for key in ("floor", "unit", "better")},
        }
    return found


def _speed(done: Done, variant: str) -> float | None:
    """The mean time of a step, in milliseconds, of runs that measured it."""
    times = [swept.run.directory.done().step_seconds for (name, _), swept in done.items() if name == variant]
    known = [seconds for seconds in times if seconds]
    return 1e3 * fmean(known) if known else None
