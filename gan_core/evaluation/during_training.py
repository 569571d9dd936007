"""Scores every so many steps of a training, and the best checkpoint kept beside the newest ones."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from gan_core.data.dataset import Dataset
from gan_core.errors import TrainingError, UsageError
from gan_core.evaluation.over_time import write_figures_over_time
from gan_core.evaluation.score_names import score_name
from gan_core.evaluation.scorer import Drawn, Row, Scorer, label_classes, make_scorer
from gan_core.evaluation.scores import known_names
from gan_core.experiments.experiment import Experiment
from gan_core.files.disk_errors import write_error
from gan_core.metrics import class_shares
from gan_core.runs.cheap_drawing import CheapDrawing
from gan_core.runs.directory import RunDirectory
from gan_core.runs.records import is_number
from gan_core.training.events import Evaluated, Event, RunEnded, RunStarted, RunStopped, StepEnded
from gan_core.training.machine import Machine
from gan_core.training.trainer import Trainer


class EvaluatesDuringTraining:
    """A callback that appends to ``evaluations.jsonl``, draws it, and keeps the best checkpoint in ``best/``.

    A run that goes on makes up for the evaluation that was due where it stands, if the process died before it; scores
    and best checkpoints of later steps go, since they are worked out again.

    told: is told `Evaluated` once the scores are on the disk.
    """

    def __init__(
        self,
        scorer: Scorer,
        trainer: Trainer,
        directory: RunDirectory,
        told: Callable[[Evaluated], object] = lambda _: None,
    ) -> None:
        self.scorer, self.trainer, self.directory, self.told = scorer, trainer, directory, told
        self.late: list[Evaluated] = []  # made up for before others have heard that the training began
        self.wanted = trainer.experiment.evaluation
        self.metrics = known_names(self.wanted.metrics)
        self.figures = CheapDrawing(self._draw)
        self.best: float | None = None
        self.best_steps: list[int] = []
        self.scored: set[int] = set()
        for line in directory.evaluations():
            same = line.get("extractor") == scorer.extractor.name  # scores by another one are other numbers
            if same and self._stands(line["step"]):
                self._note(line["step"], line.get(self._judged(line)), bool(line.get("best")))

    def __call__(self, event: Event) -> None:
        """Score the generator where a step is due. Raises `WriteError`, or `TrainingError` for samples of NaN."""
        try:
            if isinstance(event, RunStarted):
                self._go_on(event.first_step)
                return
            while self.late:
                self.told(self.late.pop(0))
            if isinstance(event, StepEnded) and self._due(event.step):
                self.told(self._evaluate(event.step))
            elif isinstance(event, RunStopped):
                self.figures.now()
            elif isinstance(event, RunEnded):
                self._end()
        except OSError as error:
            raise write_error(error.filename or self.directory.path, error) from None

    def _go_on(self, step: int) -> None:
        self.directory.cut_evaluations(self._stands)
        self.directory.best.keep_only(self._stands)
        if step > 0 and self._due(step) and step not in self.scored:
            self.late.append(self._evaluate(step))

    def _end(self) -> None:
        """Leave the best checkpoint alone, and the best before it if only this run's being over made it due."""
        if self.best_steps:
            best, regular = self.best_steps[-1], self.trainer.timetable.regular
            before = max((one for one in self.best_steps if regular(self.wanted, one)), default=0)
            self.directory.best.keep_only(lambda step: step in (best, best if regular(self.wanted, best) else before))

    def _judged(self, scores: Iterable[str]) -> str:
        """Return the score that ``evaluation.best_by`` means."""
        return score_name(self.wanted.best_by, scores) or self.wanted.best_by

    def _evaluate(self, step: int) -> Evaluated:
        try:
            drawn = self.scorer.draw(self.trainer.sampler, self.wanted.samples)
        except UsageError as error:
            raise TrainingError(f"step {step}: {error}; the run was stopped and what it wrote is kept") from None
        rows = self.scorer.rows(self.scorer.metric_inputs(drawn, self.trainer.sampler), self.wanted.metrics)
        found = {row.metric: row for row in rows}
        row = found[self._judged(found)]
        better = is_better(row.value, self.best, row.better)
        if better:
            self.directory.write_best(self.trainer.state(), keep=self._needed(step))
        scores = {name: found[name].value for name in found}
        facts = {"extractor": row.extractor, "generated": row.generated, "real": row.real, "split": row.split}
        self.directory.append_evaluation(
            {"step": step, **scores, "best": better, **facts, **self._more(step, drawn, rows)}
        )
        self._note(step, row.value, better)
        self.figures.note()
        if step == self.trainer.experiment.training.steps:
            self.figures.now()
        else:
            self.figures.if_cheap()
        return Evaluated(step=step, scores=scores, best=better)

    def _draw(self) -> None:
        write_figures_over_time(self.directory.file, {self.trainer.experiment.name: self.directory.evaluations()})

    def _more(self, step: int, drawn: Drawn, rows: Sequence[Row]) -> dict[str, Any]:
        """Return what stands in a line for its figures: the epoch, the shares of classes, and what real samples get."""
        timetable, probabilities, more = self.trainer.timetable, drawn.features.probabilities, {}
        if timetable.has_epochs:
            more["epoch"] = round(timetable.epoch(step), 4)
        if drawn.features.classes is not None and probabilities is not None and "classes" in self.metrics:
            more["class_shares"] = class_shares(drawn.features.classes, probabilities.shape[1]).tolist()
        return more | {"floors": {row.metric: row.floor for row in rows if row.floor is not None}}

    def _note(self, step: int, value: object, best: bool) -> None:
        if not is_number(value):
            return
        self.scored.add(step)
        if best:
            self.best = float(value)  # type: ignore[arg-type]  # a number, as was just seen
            self.best_steps.append(step)

    def _due(self, step: int) -> bool:
        return self.trainer.timetable.due(self.wanted, step)

    def _stands(self, step: int) -> bool:
        """Whether the scores of a step are those of a run that stands where the trainer does, and is as long."""
        return step <= self.trainer.step and self._due(step)

    def _needed(self, step: int) -> Callable[[int], bool]:
        """Return which best checkpoints a run would need again that went back from this step, or is made longer.

        It may go back to any checkpoint there is, or is being written; what was best there must then be in ``best/``.
        """
        timetable = self.trainer.timetable
        returns = {*self.directory.checkpoints.steps(), timetable.last_due(self.trainer.experiment.checkpoint, step)}
        returns.add(timetable.last_due(self.wanted, step))
        needed = {max((one for one in self.best_steps if one <= back), default=0) for back in returns if back < step}
        return lambda one: one in needed


def is_better(value: float, best: float | None, better: str) -> bool:
    """Whether a score beats the best so far (None: there is none). better: which score is, "lower" or "higher"."""
    if not math.isfinite(value):
        return False
    return best is None or (value < best if better == "lower" else value > best)


def scorer_during_training(experiment: Experiment, dataset: Dataset, machine: Machine) -> Scorer | None:
    """Return the scorer that an experiment's ``evaluation`` asks for, or None where it asks for none.

    Nothing is written. Raises `UsageError` for metrics that the data rule out, and for one that cannot choose the best.
    """
    wanted = experiment.evaluation
    if not wanted.happens:
        return None
    names = known_names(wanted.metrics)
    scorer = make_scorer(experiment, dataset, machine, features=wanted.features, count=wanted.samples)
    labelled = label_classes(experiment) is not None
    directed = [score.name for name in names for score in scorer.floor(name, labelled) if score.better != "as real"]
    if score_name(wanted.best_by, directed) is None:
        raise UsageError(
            f"evaluation.best_by: '{wanted.best_by}' is none of the scores of evaluation.metrics of which lower or "
            f"higher is better: {', '.join(directed)}"
        )
    return scorer
