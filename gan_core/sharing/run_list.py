"""The runs in a folder: what each is, how far it came, and how large it is; none is changed, and nothing of it runs."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from gan_core.errors import DamagedError, GanError, UsageError, one_line
from gan_core.evaluation.score_names import score_name
from gan_core.experiments.experiment import Evaluation
from gan_core.experiments.files import plain_experiment
from gan_core.files.regular_files import kind_of, open_file
from gan_core.files.tensor_files import read_header
from gan_core.runs import checkpoints
from gan_core.runs.directory import RunDirectory
from gan_core.runs.lock import FILE as LOCK_FILE
from gan_core.runs.lock import is_held
from gan_core.runs.records import EvaluationLine, evaluation_line, is_number, metrics_line
from gan_core.runs.unused_folder import mere_beginnings

DEEPEST = 6  # folders below the one that is searched
TAIL_BYTES = 2**18  # of the end of a file of lines, in which the last one stands
State = Literal["finished", "stopped", "running", "no checkpoint", "damaged"]
HEADS = {field.name for field in msgspec.structs.fields(EvaluationLine)}


@dataclass(frozen=True, kw_only=True)
class RunSummary:
    """A run in a list.

    state: "stopped" can be gone on with; one with "no checkpoint" never had one. step: of its newest checkpoint, or of
    its last line of metrics while it runs. steps: that it is to have. scores: of its last evaluation, by name.
    size: bytes on the disk. changed: when it was last written to, as local time. damage: what is wrong with it, or "".
    keeps_all: whether its experiment keeps every checkpoint. best_by: the score by which it chooses the best one.
    """

    path: Path
    state: State
    experiment: str = ""
    backend: str = ""
    step: int = 0
    steps: int = 0
    scores: dict[str, float] = field(default_factory=dict)
    size: int = 0
    changed: datetime | None = None
    damage: str = ""
    keeps_all: bool = False
    best_by: str = ""


def find_runs(folder: str | Path = "runs") -> list[RunSummary]:
    """Return the runs in a folder and below it, in the order of their paths; those that are damaged say what is wrong.

    folder: a folder of runs, or a run itself. No link is followed, and no module of a run's author runs. Raises
    `UsageError` for a folder that is not there.
    """
    top = Path(folder)
    if not top.is_dir():
        raise UsageError(f"{top}: no such folder; name the folder that your runs lie in")
    return [summary_of(path) for path in _runs_below(top, 0)]


def _runs_below(folder: Path, depth: int) -> Iterator[Path]:
    """Yield the folders of runs; what lies in a run is not searched."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return  # one that may not be read holds no run of this user's
    names = {entry.name for entry in entries}
    if _is_run(folder, names, depth):
        yield folder
    elif depth < DEEPEST:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                yield from _runs_below(Path(entry.path), depth + 1)


def _is_run(folder: Path, names: set[str], depth: int) -> bool:
    """Whether a folder with these names in it is a run's; one that holds an experiment file alone is its author's."""
    if "experiment.toml" in names:
        return bool(names & {"environment.json", "checkpoints", "metrics.jsonl", "done.json"})
    return depth > 0 and bool(names & {"checkpoints", LOCK_FILE}) and mere_beginnings(folder)


def summary_of(path: Path, *, held: bool | None = None) -> RunSummary:
    """Return what there is to say of the run in a folder.

    held: whether a process trains it; None to look whether one has its lock.
    """
    size, changed = folder_size(path), _changed(path)
    held = is_held(path) if held is None else held
    if kind_of(path / "experiment.toml") is None:
        state: State = "running" if held else "no checkpoint"
        return RunSummary(path=path, state=state, size=size, changed=changed)
    known: dict[str, Any] = {"path": path, "size": size, "changed": changed}
    try:
        directory = RunDirectory.open(path)
        known |= _experiment(directory)
        known["backend"] = str(directory.environment()["backend"])
        known |= {"scores": _scores(directory, known["best_by"]), "step": _step(directory, held)}
        return RunSummary(state="running" if held else _state(directory), **known)
    except (GanError, OSError) as error:
        return RunSummary(state="damaged", damage=one_line(error, 300), **known)


def _experiment(directory: RunDirectory) -> dict[str, Any]:
    plain = plain_experiment(directory.path / "experiment.toml")
    training, checkpoint = plain.get("training"), plain.get("checkpoint")
    steps = training.get("steps") if isinstance(training, dict) else None
    if not isinstance(plain.get("name"), str) or not isinstance(steps, int):
        raise DamagedError(
            f"{directory.path / 'experiment.toml'} is no experiment of a run: it lacks its name or steps"
        )
    keeps_all = isinstance(checkpoint, dict) and checkpoint.get("keep") == "all"
    evaluation = plain.get("evaluation")
    best_by = evaluation.get("best_by") if isinstance(evaluation, dict) else None
    known = {"experiment": plain["name"], "steps": steps, "keeps_all": keeps_all}
    return known | {"best_by": best_by if isinstance(best_by, str) else Evaluation().best_by}


def _state(directory: RunDirectory) -> State:
    """The state of a run whose files can be read. Raises `DamagedError` where its newest checkpoint is damaged."""
    newest = directory.checkpoints.paths()[-1:]
    for folder in newest:
        _check_lightly(folder)
    if directory.finished:
        directory.done()
    if not newest:
        if directory.finished or had_checkpoint(directory):
            raise DamagedError(f"{directory.checkpoints.path} holds no checkpoint, and had one")
        return "no checkpoint"
    return "finished" if directory.finished else "stopped"


def had_checkpoint(directory: RunDirectory) -> bool:
    """Whether a run began with a state, or has written a checkpoint once, by what its files say."""
    aside = any(directory.checkpoints.path.glob("*step-*"))
    known = directory.environment()
    return aside or any(known.get(key) for key in ("first_checkpoint", "imported", "from"))


def _check_lightly(folder: Path) -> None:
    """Raise `DamagedError` where a checkpoint's list is damaged, or a file of it is missing or cut short.

    Their bytes are not read: that takes long for many runs.
    """
    for name in checkpoints.file_names(folder):
        if kind_of(folder / name) is None:
            raise DamagedError(f"{folder / name} is missing")
        read_header(folder / name)


def _step(directory: RunDirectory, held: bool) -> int:
    if directory.finished:
        return directory.done().step
    line = last_line(directory.path / "metrics.jsonl") if held else None
    logged = int(line["step"]) if line and metrics_line(line) else 0
    return max([logged, *directory.checkpoints.steps()])


def _scores(directory: RunDirectory, best_by: str) -> dict[str, float]:
    """The scores of the last evaluation during training, and those of ``gan evaluate`` where they are as new.

    best_by: the word for the score by which the best checkpoint is chosen, which comes first.
    """
    line = last_line(directory.path / "evaluations.jsonl")
    known = line if line and evaluation_line(line) else {}
    scores = {name: float(value) for name, value in known.items() if name not in HEADS and is_number(value)}
    if directory.has("evaluation.json"):
        found = directory.read_json("evaluation.json")
        if isinstance(step := found.get("step"), int) and step >= known.get("step", 0):
            rows = [row for row in found.get("rows") or [] if isinstance(row, dict)]
            scores |= {str(row.get("metric")): row["value"] for row in rows if is_number(row.get("value"))}
    first = score_name(best_by, scores)
    return scores if first is None else {first: scores[first]} | scores


def last_line(path: Path) -> Mapping[str, Any] | None:
    """Return the last whole line of a JSON Lines file, or None; no more than its end is read."""
    if kind_of(path) is None:
        return None
    with os.fdopen(open_file(path), "rb") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(0, end - TAIL_BYTES))
        lines = file.read(TAIL_BYTES).splitlines()
    for line in reversed(lines):
        with suppress(ValueError, RecursionError):
            found = json.loads(line)
            if isinstance(found, dict):
                return found
    return None


def folder_size(path: Path) -> int:
    """Return the bytes of the files in a folder and below, or of a file; no link is followed."""
    kind = kind_of(path)
    if kind != "a folder":
        return os.lstat(path).st_size if kind == "a file" else 0
    with suppress(OSError):  # removed meanwhile
        return sum(folder_size(Path(entry.path)) for entry in os.scandir(path))
    return 0


def _changed(path: Path) -> datetime | None:
    names = ("metrics.jsonl", "done.json", "evaluation.json", "environment.json", "experiment.toml", "checkpoints")
    times = [os.lstat(path / name).st_mtime for name in names if kind_of(path / name) is not None]
    return datetime.fromtimestamp(max(times)) if times else None
