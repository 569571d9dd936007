"""The charts of a report: which curve stands in which, and what is known of each."""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any

from gan_core.evaluation.over_time import scores_of
from gan_core.objectives.judgements import is_judgement, is_probability
from gan_core.reports.record import RunRecord
from gan_core.reports.thinning import MOST_POINTS, thinned
from gan_core.runs.loss_curve import SYMBOLS, undecided_losses
from gan_core.runs.records import is_number

PANELS: dict[str, Callable[[str], bool]] = {  # name → whether a scalar is drawn there; the first that takes it has it
    "loss": lambda name: name.endswith("/loss"),
    "probability": is_probability,
    "score": is_judgement,
    "other": lambda _: True,
}
MOST_SCORES = 40
ALL_POINTS = 100_000  # of all curves of a page: 2 MB
FEWEST_POINTS = 200  # of a curve
Plain = dict[str, Any]  # what JSON can hold


def points_each(records: Sequence[RunRecord]) -> int:
    """Return how many points each curve may have, so that the page of many of them does not grow beyond bounds."""
    curves = sum(len(record.curves) + 2 for record in records)
    return min(MOST_POINTS, max(FEWEST_POINTS, ALL_POINTS // curves))


def loss_panels(records: Sequence[RunRecord], most: int = MOST_POINTS) -> list[Plain]:
    """Return the panels of all scalars that the phases logged: losses, judgements, the rest; most: points of each."""
    panels: dict[str, list[Plain]] = {name: [] for name in PANELS}
    for number, record in enumerate(records):
        undecided = undecided_losses(record.experiment) if record.experiment else {}
        for name, points in record.curves.items():
            panel = next(key for key, holds in PANELS.items() if holds(name))
            curve = curve_of(number, name, label_of(name), points, most)
            if name in undecided:
                curve["undecided"] = undecided[name]
            panels[panel].append(curve)
    bounds = {"probability": [0, 1]}
    return [{"name": key, "curves": curves, "bounds": bounds.get(key)} for key, curves in panels.items() if curves]


def time_panels(records: Sequence[RunRecord], most: int = MOST_POINTS) -> list[Plain]:
    """Return the panels of time: milliseconds a step and images a second, between logged lines."""
    panels: dict[str, list[Plain]] = {"step_time": [], "throughput": []}
    for number, record in enumerate(records):
        for key, points in speed_of(record).items():
            if points:
                panels[key].append(curve_of(number, key, key, points, most))
    return [{"name": key, "curves": curves, "bounds": None} for key, curves in panels.items() if curves]


def speed_of(record: RunRecord) -> dict[str, list[tuple[int, float]]]:
    """Return the milliseconds of a step and the images of a second, each between a logged line and the one before.

    Where the time does not grow, since another process went on from an earlier checkpoint, there is no point.
    """
    found: dict[str, list[tuple[int, float]]] = {"step_time": [], "throughput": []}
    timed = [row for row in record.rows if is_number(row.get("seconds"))]
    for before, row in pairwise(timed):
        seconds, steps = row["seconds"] - before["seconds"], row["step"] - before["step"]
        images = row.get("images", 0) - before.get("images", 0)
        if steps <= 0 or not 0 < seconds < math.inf:
            continue
        found["step_time"].append((row["step"], 1e3 * seconds / steps))
        if images > 0:
            found["throughput"].append((row["step"], images / seconds))
    return found


def score_panels(records: Sequence[RunRecord]) -> list[Plain]:
    """Return a panel for each score that was worked out during training, with what real samples get."""
    panels: dict[str, Plain] = {}
    for number, record in enumerate(records):
        floors: dict[str, float] = {}
        for line in record.evaluations:
            floors |= {name: value for name, value in (line.get("floors") or {}).items() if math.isfinite(value)}
        for name, points in scores_of(record.evaluations, "step").items():
            if name not in panels and len(panels) == MOST_SCORES:
                continue
            panel = panels.setdefault(name, {"name": name, "curves": [], "bounds": None})
            curve = curve_of(number, name, name, [(int(step), value) for step, value in points])
            panel["curves"].append(curve | {"floor": floors.get(name)})
    return list(panels.values())


def curve_of(run: int, name: str, label: str, points: Sequence[tuple[int, float]], most: int = MOST_POINTS) -> Plain:
    """Return a curve as the page's script reads it. run: the number of its run. most: of its points."""
    return {"run": run, "name": name, "label": label} | asdict(thinned(points, most))


def label_of(name: str) -> str:
    """Return what a scalar is called in a chart: ``D(x), discriminator`` for ``discriminator/real_probability``."""
    phase, _, scalar = name.rpartition("/")
    return f"{SYMBOLS[scalar]}, {phase}" if scalar in SYMBOLS else name
