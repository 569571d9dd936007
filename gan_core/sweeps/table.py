"""The runs of a sweep as rows: each score's mean over the seeds, how sure it is, its range, and who is best."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from gan_core.errors import UsageError, nearest
from gan_core.evaluation.score_names import score_name
from gan_core.metrics import intervals
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

    A row holds ``comparison``, ``variant``, ``title``, ``backend``, ``settings``, the ``seeds`` that it rests on,
    ``step_milliseconds`` and ``scores``: name → mean, half_width (of its interval, see there), min, max, values and the
    seeds of these, floor (of real samples), unit, better, and whether it is the best of its comparison; of every
    variant but the first also ``from_first``, see `difference_from`.
    """
    rows = []
    for comparison, variants in plan.comparisons.items():
        found = []
        for variant in variants:
            seeds = [seed for seed in plan.seeds if (variant, seed) in done]
            if seeds:
                facts: dict[str, Any] = {"comparison": comparison, "variant": variant, "title": plan.titles[variant]}
                facts |= {"backend": plan.backends[variant], "settings": dict(plan.settings.get(variant, {}))}
                speed = {"seeds": seeds, "step_milliseconds": _speed(done, variant)}
                found.append(facts | speed | {"scores": _scores(done, variant)})
        _mark_best(found)
        for row in found[1:]:
            for name, score in row["scores"].items():
                if name in found[0]["scores"]:
                    score["from_first"] = difference_from(found[0], row, name)
        rows += found
    return rows


def half_width(values: Sequence[float]) -> float | None:
    """Return half the width of the 95% interval of the mean that the scores of seeds let expect, or None for one.

    It takes the scores of seeds as independent and normally distributed about the variant's own mean.
    """
    return intervals.half_width(values) if len(values) > 1 else None


def difference_from(first: Mapping[str, Any], row: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """Return how much more a variant's score is than the first one's, seed by seed: mean, half_width, seeds.

    None for fewer than two seeds that both have. The seeds of two variants begin with the same numbers where their
    networks have the same shapes, and draw the same samples, so that what a seed adds to both is no part of it; the
    interval holds for seeds that have nothing in common, too. *No difference is seen* where |mean| ≤ half_width; one of
    twice half_width would mostly have been seen.
    """
    scores = [one["scores"][name] for one in (first, row)]
    values = [dict(zip(score["seeds"], score["values"], strict=True)) for score in scores]
    differences = [values[1][seed] - values[0][seed] for seed in values[0] if seed in values[1]]
    if len(differences) < 2:
        return None
    return {"mean": fmean(differences), "half_width": half_width(differences), "seeds": len(differences)}


def difference_shown(difference: Mapping[str, Any]) -> str:
    """Return a difference as ``+3.4 ± 1.2``."""
    return f"{difference['mean']:+.3g} ± {difference['half_width']:.2g}"


def is_seen(difference: Mapping[str, Any]) -> bool:
    """Whether the interval of a difference is without 0."""
    return bool(abs(difference["mean"]) > difference["half_width"])


def ordered(rows: list[dict[str, Any]], best: str) -> list[dict[str, Any]]:
    """Return the rows, those of each comparison by a score, the best first; best: the score's name, or ""."""
    if not best:
        return rows
    comparisons = list(dict.fromkeys(row["comparison"] for row in rows))

    def place(row: Mapping[str, Any]) -> tuple[int, float]:
        name = score_name(best, row["scores"])
        return comparisons.index(row["comparison"]), _rank(row["scores"][name]) if name else math.inf

    return sorted(rows, key=place)


def check_best(best: str, scores: Sequence[Mapping[str, Any]]) -> None:
    """Raise `UsageError` where a run has no score of the name by which variants are to be ordered."""
    names = [str(row["metric"]) for row in scores]
    if best and score_name(best, names) is None:
        raise UsageError(f"best={best}: the sweep has no such score{nearest(best, names)}")


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
    """Return a score's mean with half the width of its interval, as ``31.2 ± 3.4``, and ``*`` where it is the best."""
    width = score.get("half_width")
    text = f"{score['mean']:.3g}" + ("" if width is None else f" ± {width:.2g}")
    return f"{text} *" if score.get("best") else text


def span(score: Mapping[str, Any]) -> str:
    """Return a score's range over the seeds, as ``28.9 to 34.0``."""
    return f"{score['min']:.3g} to {score['max']:.3g}"


def _apart(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return bool(one["max"] < other["min"] or other["max"] < one["min"])


def _mark_best(rows: Sequence[Mapping[str, Any]]) -> None:
    """Say of each score of a comparison whether its mean is the best; of one row alone, none is."""
    for name in dict.fromkeys(name for row in rows for name in row["scores"]):
        ranks = [_rank(row["scores"][name]) if name in row["scores"] else math.inf for row in rows]
        for row, rank in zip(rows, ranks, strict=True):
            if name in row["scores"]:
                row["scores"][name]["best"] = len(rows) > 1 and rank == min(ranks) < math.inf


def _rank(score: Mapping[str, Any]) -> float:
    """A number that is the smaller, the better a score's mean is; infinite where nothing says what is better."""
    mean, floor = score["mean"], score["floor"]
    if math.isnan(mean):
        return math.inf
    if score["better"] == "as real":
        return math.inf if floor is None else abs(mean - floor)
    return float(mean if score["better"] == "lower" else -mean)


def _scores(done: Done, variant: str) -> dict[str, dict[str, Any]]:
    runs = {seed: swept for (name, seed), swept in done.items() if name == variant}
    found: dict[str, dict[str, Any]] = {}
    for row in next(iter(runs.values())).scores if runs else ():
        name = row["metric"]
        of_runs = {seed: {one["metric"]: one["value"] for one in swept.scores} for seed, swept in runs.items()}
        known = {seed: scores[name] for seed, scores in of_runs.items() if name in scores}
        values = list(known.values())
        found[name] = {
            "mean": fmean(values),
            "half_width": half_width(values),
            "min": min(values),
            "max": max(values),
            "values": values,
            "seeds": list(known),
            **{key: row[key] for key in ("floor", "unit", "better")},
        }
    return found


def _speed(done: Done, variant: str) -> float | None:
    """The mean time of a step, in milliseconds, of runs that measured it."""
    times = [swept.run.directory.done().step_seconds for (name, _), swept in done.items() if name == variant]
    known = [seconds for seconds in times if seconds]
    return 1e3 * fmean(known) if known else None
