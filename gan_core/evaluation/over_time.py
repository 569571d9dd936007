"""Scores and classes over the steps of trainings, as ``evaluations.jsonl`` keeps them, drawn for one run or several."""

import contextlib
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gan_core.errors import UsageError
from gan_core.evaluation.figures_over_time import ClassPanel, write_class_distribution, write_scores
from gan_core.metrics import entropy_bits
from gan_core.printing import Tell, silent
from gan_core.runs.opened import OpenedRun
from gan_core.runs.records import EvaluationLine, is_number
from gan_core.runs.run_names import told_apart

SCORES, CLASSES = "scores.png", "class_distribution.png"
MOST_CLASSES = 1000  # of a panel of bars
Lines = Sequence[Mapping[str, Any]]  # of ``evaluations.jsonl``


def scores_over_time(
    runs: Sequence[str | Path],
    out: str | Path | None = None,
    *,
    allow_imports: bool = False,
    tell: Tell = silent,
) -> list[Path]:
    """Draw what the evaluations of trainings found, several runs in one picture; return the files.

    These are ``scores.png``, each score over the epochs, and, where classes were evaluated, ``class_distribution.png``,
    with a row for each run and a panel for each evaluation; none where all runs were evaluated afterwards alone.
    Nothing is evaluated anew. out: the folder that is written to; by default the run's own, or ``scores`` for several.
    allow_imports: whether the modules that the runs have kept may run. tell: is told which runs were evaluated
    afterwards alone, where others are drawn. Raises `UsageError` for a run that was not evaluated at all, and for a
    folder that cannot be made.
    """
    opened = [OpenedRun(path, allow_imports=allow_imports) for path in runs]
    lines = [run.directory.evaluations() for run in opened]
    for run, of_run in zip(opened, lines, strict=True):
        if not of_run and not run.directory.has("evaluation.json"):
            raise UsageError(
                f"{run.path} was not evaluated, neither during training (evaluation.every_epochs=1 asks for it) nor "
                f"afterwards:  gan evaluate {run.path}"
            )
        if not of_run and any(lines):
            tell(f"{run.path} was not evaluated during training, and is in no picture")
    if not any(lines):
        return []
    every = told_apart([run.experiment.name for run in opened], [run.path for run in opened])
    drawn = {name: of_run for name, of_run in zip(every, lines, strict=True) if of_run}
    folder = Path("scores") if out is None else Path(out)
    if out is None and len(opened) == 1:
        return write_figures_over_time(opened[0].directory.file, drawn)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"out={folder}: {error.strerror}") from None
    return write_figures_over_time(lambda name: folder / name, drawn)


def write_figures_over_time(file: Callable[[str], Path], runs: Mapping[str, Lines]) -> list[Path]:
    """Write the figures that some runs' lines allow, and return their paths.

    file: from a figure's name to its path. runs: name → the lines of its evaluations. Raises `WriteError`.
    """
    in_epochs = all(is_number(line.get("epoch")) for lines in runs.values() for line in lines)
    axis = "epoch" if in_epochs else "step"
    scores = {name: scores_of(lines, axis) for name, lines in runs.items()}
    floors = {name: _floors_of(lines) for name, lines in runs.items()}
    paths = []
    if any(scores.values()):
        paths.append(file(SCORES))
        write_scores(paths[-1], scores, floors, axis)
    panels = {name: class_panels(lines, axis) for name, lines in runs.items()}
    panels = {name: of_run for name, of_run in panels.items() if of_run}
    if panels:
        paths.append(file(CLASSES))
        write_class_distribution(paths[-1], panels)
    return paths


def scores_of(lines: Lines, axis: str) -> dict[str, list[tuple[float, float]]]:
    """Return each score's points, (place, value); axis: which number of a line is the place, "epoch" or "step"."""
    facts = set(EvaluationLine.__struct_fields__)
    points: dict[str, list[tuple[float, float]]] = {}
    for line in lines:
        for name, value in line.items():
            if name not in facts and is_number(value) and math.isfinite(value):
                points.setdefault(name, []).append((float(line[axis]), float(value)))
    return points


def class_panels(lines: Lines, axis: str) -> list[ClassPanel]:
    """Return the panels of the evaluations that know the shares of classes; axis: as for `scores_of`."""
    panels = []
    for line in lines:
        shares = np.asarray(line.get("class_shares", [])[:MOST_CLASSES], np.float64)
        with contextlib.suppress(UsageError):  # numbers that are no shares, in a file that somebody has changed
            panels.append(ClassPanel(title=f"{axis} {in_short(line[axis])}", shares=shares, bits=entropy_bits(shares)))
    return panels


def in_short(number: float) -> str:
    """Return a number of steps or epochs as people write it: 10 for 10.0, 1.07 for 1.0672, 6,400."""
    return f"{number:,.2f}".rstrip("0").rstrip(".")


def _floors_of(lines: Lines) -> dict[str, float]:
    """Return what real samples get, by the score's name, in the last line that says it."""
    floors: dict[str, float] = {}
    for line in lines:
        floors |= {name: value for name, value in (line.get("floors") or {}).items() if math.isfinite(value)}
    return floors
