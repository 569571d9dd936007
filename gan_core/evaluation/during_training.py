"""Scores every so many steps of a training, and the best checkpoint kept beside the newest ones."""

import math
from collections.abc import Iterable
from pathlib import Path

from gan_core.data.dataset import Dataset
from gan_core.errors import UsageError
from gan_core.evaluation.judge import Judge, make_judge
from gan_core.evaluation.score_names import score_name
from gan_core.evaluation.scores import known_names
from gan_core.events import Event, StepEnded
from gan_core.experiment import Experiment
from gan_core.run_directory import RunDirectory
from gan_core.trainer import Trainer


class EvaluatesDuringTraining:
    """A callback that appends to ``evaluations.jsonl`` and keeps the best checkpoint in ``best/``."""

    def __init__(self, judge: Judge, trainer: Trainer, directory: RunDirectory) -> None:
        self.judge, self.trainer, self.directory = judge, trainer, directory
        self.wanted = trainer.experiment.evaluation
        self.last = trainer.experiment.training.steps
        self.best: float | None = None
        for line in directory.evaluations():
            if line["step"] <= trainer.step and line.get("best"):
                self.best = line[self._judged(line)]

    def __call__(self, event: Event) -> None:
        """Score the generator where a step is due."""
        every = self.wanted.every_steps
        if not isinstance(event, StepEnded) or every is None:
            return
        if event.step % every == 0 or event.step == self.last:
            self._evaluate(event.step)

    def _judged(self, scores: Iterable[str]) -> str:
        """Return the score that ``evaluation.best_by`` means."""
        return score_name(self.wanted.best_by, scores) or self.wanted.best_by

    def _evaluate(self, step: int) -> None:
        drawn = self.judge.draw(self.trainer, self.wanted.samples)
        rows = self.judge.rows(self.judge.material(drawn, self.trainer), self.wanted.metrics)
        found = {row.metric: row for row in rows}
        row = found[self._judged(found)]
        better = is_better(row.value, self.best, row.better)
        if better:
            self.best = row.value
            self.directory.write_best(self.trainer.state())
        scores = {name: found[name].value for name in found}
        facts = {"extractor": row.extractor, "generated": row.generated, "real": row.real, "split": row.split}
        self.directory.append_evaluation({"step": step, **scores, "best": better, **facts})


def is_better(value: float, best: float | None, better: str) -> bool:
    """Whether a score beats the best so far; better: "lower" or "higher"."""
    if not math.isfinite(value):
        return False
    return best is None or (value < best if better == "lower" else value > best)


def judge_during_training(
    experiment: Experiment, dataset: Dataset, backend: str, device: str, data_dir: Path | None
) -> Judge | None:
    """Return the judge that an experiment's ``evaluation`` asks for, or None; call it before the run's backend is open.

    Raises `UsageError` before anything is written.
    """
    wanted = experiment.evaluation
    if wanted.every_steps is None:
        return None
    names = known_names(wanted.metrics)
    judge = make_judge(
        experiment,
        dataset,
        features=wanted.features,
        count=wanted.samples,
        backend=backend,
        device=device,
        data_dir=data_dir,
    )
    directed = [score.name for name in names for score in judge.floor(name) if score.better != "as real"]
    if score_name(wanted.best_by, directed) is None:
        raise UsageError(
            f"evaluation.best_by: '{wanted.best_by}' is none of the scores of evaluation.metrics of which lower or "
            f"higher is better: {', '.join(directed)}"
        )
    return judge
