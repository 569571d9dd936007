"""Which of a run's checkpoints is meant by a word: the last, the best, that of a step, or that of an epoch."""

import re
from collections.abc import Sequence
from pathlib import Path

from gan_core.errors import UsageError
from gan_core.runs import checkpoints
from gan_core.runs.directory import RunDirectory
from gan_core.training.timetable import Timetable

MOST_SHOWN = 12  # checkpoints in a message
WORDS = "last, best, a step as 6400, or an epoch as epoch-15"


def numbered_checkpoint(directory: RunDirectory, timetable: Timetable, word: str | int) -> Path:
    """Return the folder of the checkpoint of a step, ``6400`` or ``step-6400``, or of an epoch's end, ``epoch-15``.

    Raises `UsageError` for a word that is neither, and, with those there are, for a checkpoint that was not kept.
    """
    kind, number = _read(word)
    step = number if kind == "step" else timetable.step_of_epoch(number)
    paths = {checkpoints.step_of(path): path for path in directory.checkpoints.paths()}
    if step in paths:
        return paths[step]
    meant = f"epoch {number} (step {step:,})" if kind == "epoch" else f"step {step:,}"
    raise UsageError(
        f"checkpoint={word}: {directory.path} keeps no checkpoint of {meant}; {kept(directory, timetable)}"
    )


def kept(directory: RunDirectory, timetable: Timetable) -> str:
    """Return which checkpoints a run has, in words."""
    steps = directory.checkpoints.steps()
    if not steps:
        return "it has none yet"
    all_kept = timetable.experiment.checkpoint.keep == "all"
    hint = "" if all_kept else '; a training with checkpoint.keep="all" keeps every one'
    return f"it has those of step {told_steps(steps, timetable)}{hint}"


def told_steps(steps: Sequence[int], timetable: Timetable) -> str:
    """Return steps in words, with the epochs that end in them: ``937 (epoch 1), 1,000``; of many the first and last."""
    epochs = {step: timetable.epoch_ended_in(step) for step in steps}
    shown = [f"{step:,}" + (f" (epoch {epoch:,})" if epoch else "") for step, epoch in epochs.items()]
    if len(shown) > MOST_SHOWN:
        shown = [*shown[: MOST_SHOWN // 2], "…", *shown[-MOST_SHOWN // 2 :]]
    return ", ".join(shown)


def _read(word: str | int) -> tuple[str, int]:
    found = re.fullmatch(r"(?:(step|epoch)-)?0*([1-9]\d{0,12})", str(word))
    if found is None:
        raise UsageError(f"checkpoint={word}: expected {WORDS}")
    return found[1] or "step", int(found[2])
