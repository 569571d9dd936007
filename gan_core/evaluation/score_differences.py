"""Which scores of runs differ by more than their samples explain, from what their evaluations have left."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gan_core.errors import UsageError
from gan_core.metrics.intervals import Estimate, Interval, interval_of_difference
from gan_core.printing import Tell, silent
from gan_core.runs.opened import OpenedRun
from gan_core.runs.records import EvaluationFile, ScoreRow
from gan_core.runs.run_names import told_apart


@dataclass(frozen=True, kw_only=True)
class ScoreDifference:
    """A score of a run beside the first run's.

    first, second: the two values. interval: of second − first, 95%; None where one evaluation has none. hindrance: why
    the two cannot be held against each other, "" where they can.
    """

    run: str
    metric: str
    first: float
    second: float
    interval: Interval | None
    better: str
    unit: str
    hindrance: str

    @property
    def verdict(self) -> str:
        """What is to be said: that they differ, and which is better, or that no difference is to be seen."""
        if self.hindrance:
            return self.hindrance
        if self.interval is None:
            return "no interval"
        if self.interval.low <= 0 <= self.interval.high:
            return "no difference seen"
        if self.better not in ("lower", "higher"):
            return "differs"
        return "better" if (self.second < self.first) == (self.better == "lower") else "worse"

    def plain(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {**asdict(self), "verdict": self.verdict}


@dataclass(frozen=True, kw_only=True)
class ScoredRuns:
    """Runs with the scores of their last evaluations, by the runs' names; `differences` are from the first of them."""

    evaluations: dict[str, EvaluationFile]
    differences: list[ScoreDifference]

    def plain(self) -> dict[str, Any]:
        """Return them as JSON can hold them."""
        return {
            "runs": {
                name: {row.metric: {"value": row.value, "interval": row.interval} for row in found.rows}
                for name, found in self.evaluations.items()
            },
            "differences": [one.plain() for one in self.differences],
        }


def scored_runs(runs: Sequence[str | Path], *, allow_imports: bool = False, tell: Tell = silent) -> ScoredRuns:
    """Return the scores of those runs that have an ``evaluation.json``, and how far each is from the first.

    Nothing is evaluated anew. allow_imports: whether the modules that the runs have kept may run. tell: is told which
    runs have no such file, where others have. Raises `UsageError`
    for a file that is damaged.
    """
    opened = [OpenedRun(path, allow_imports=allow_imports) for path in runs]
    names = told_apart([run.experiment.name for run in opened], [run.path for run in opened])
    every = {name: run.directory.evaluation() for name, run in zip(names, opened, strict=True)}
    found = {name: evaluation for name, evaluation in every.items() if evaluation is not None}
    for run, evaluation in zip(opened, every.values(), strict=True):
        if found and evaluation is None:
            tell(f"{run.path} has no evaluation.json, and is not held against others:  gan evaluate {run.path}")
    differences: list[ScoreDifference] = []
    for name in list(found)[1:]:
        differences += differences_of(name, next(iter(found.values())), found[name])
    return ScoredRuns(evaluations=found, differences=differences)


def differences_of(run: str, first: EvaluationFile, second: EvaluationFile) -> list[ScoreDifference]:
    """Return the differences of the scores that two evaluations share. run: the second's name."""
    others = {row.metric: row for row in second.rows}
    return [
        difference_of(run, (first, row), (second, others[row.metric]))
        for row in first.rows
        if row.metric in others and row.value is not None and others[row.metric].value is not None
    ]


def same_reference(first: EvaluationFile, second: EvaluationFile) -> bool:
    """Whether two evaluations compared with the same real samples in the same order."""
    return bool(first.data) and (first.data, first.seed, first.reference) == (
        second.data,
        second.seed,
        second.reference,
    )


def other_data(first: EvaluationFile, second: EvaluationFile) -> bool:
    """Whether two evaluations are of runs that learned from different data, as far as both say from which."""
    known = [one.data.get("fingerprint") for one in (first, second)]
    return all(known) and known[0] != known[1]


def difference_of(
    run: str, one: tuple[EvaluationFile, ScoreRow], other: tuple[EvaluationFile, ScoreRow]
) -> ScoreDifference:
    """Return how far two rows with values are apart, each with the evaluation that it is of."""
    (evaluation, first), (of_second, second) = one, other
    interval, hindrance = None, "other data" if other_data(evaluation, of_second) else _hindrance(first, second)
    if not hindrance:
        try:
            interval = interval_of_difference(
                _estimate(first), _estimate(second), same_reference(evaluation, of_second)
            )
        except UsageError as error:  # numbers that are no shares, in a file that somebody has changed
            hindrance = str(error)
    return ScoreDifference(
        run=run,
        metric=first.metric,
        first=_value(first),
        second=_value(second),
        interval=interval,
        better=first.better,
        unit=first.unit,
        hindrance=hindrance,
    )


def _hindrance(first: ScoreRow, second: ScoreRow) -> str:
    if first.extractor != second.extractor:
        return "other features"
    if first.split != second.split:
        return "other real samples"
    if (first.generated, first.real) != (second.generated, second.real):
        return "other numbers of samples"
    return ""


def _estimate(row: ScoreRow) -> Estimate:
    reach = None
    if row.interval and not (row.parts or row.share_of):
        reach = max(_value(row) - row.interval[0], row.interval[1] - _value(row))
    return Estimate(_value(row), row.parts, row.share_of, reach)


def _value(row: ScoreRow) -> float:
    assert row.value is not None  # rows without a number were left out
    return row.value
