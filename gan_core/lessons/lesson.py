"""A lesson made: programs written, small runs measured, page and notebook put into a folder."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from gan_core.contract.loading import installed_backends
from gan_core.errors import BackendError, GanError, UsageError, WriteError, nearest
from gan_core.experiments.data_fit import check_data
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import with_changes
from gan_core.files.whole_files import written_whole
from gan_core.lessons.children import written
from gan_core.lessons.differences import rows_of, titled
from gan_core.lessons.facts import said_by_preset
from gan_core.lessons.measurements import FILE, Measurements, read_measurements
from gan_core.lessons.notebook import check_notebooks, write_notebook
from gan_core.lessons.page import Lesson, check_packages, page, program_file
from gan_core.lessons.words import Words, read_words
from gan_core.presets import entry_of
from gan_core.presets.loading import load_experiment, read_changes
from gan_core.printing import Tell, silent
from gan_core.programs.program import Program
from gan_core.training.machine import Machine

STEPS = 50
PAGE = "lesson.html"
OFTEN = {"logging.every_steps": 10}  # so that a program that runs for a minute says how it goes
SHEET = {"sampling.rows": 4, "sampling.columns": 4}  # 16 pictures: a page of colours at 64×64 stays below 5 MB


@dataclass(frozen=True, kw_only=True)
class Made:
    """A lesson in its folder. files: that were written. missing: framework → why it is not in the lesson."""

    folder: Path
    files: tuple[Path, ...]
    missing: Mapping[str, str]


def make_lesson(
    source: str | Path | Experiment,
    out: str | Path | None = None,
    *,
    backends: Sequence[str] = (),
    steps: int = STEPS,
    language: str = "en",
    changes: Mapping[str, Any] | Sequence[str] | None = None,
    quick: bool = False,
    notebook: bool = True,
    device: str = "cpu",
    data_dir: str | Path | None = None,
    allow_imports: bool | None = None,
    command: str = "",
    tell: Tell = silent,
) -> Made:
    """Make the lesson of an experiment: page, notebook, and a program for each framework, in a folder.

    source, changes, allow_imports: as for `load_experiment`. out: the folder, by default ``lessons/NAME``; one that
    holds this lesson already keeps what was measured. backends: names, by default all that are installed. steps: of
    the runs that are measured. language: of the texts. quick: nothing is run; the page has code and drawings alone.
    notebook: whether ``lesson.ipynb`` is written too, and executed unless quick. device, data_dir: as for `compare`.
    command: that makes it, for the foot of the page. tell: is told in a line what is being done.

    A framework that is missing, or has no words for the experiment, is a line of the page. Raises `UsageError` for a
    folder that holds something else, an unknown language or backend, and `GanError` where nothing can be run.
    """
    words = read_words(language)
    experiment = load_experiment(source, changes, allow_imports=allow_imports)
    folder = Path(out) if out else Path("lessons") / experiment.name
    check_folder(folder)
    names = chosen_backends(backends)
    check_packages()
    if notebook:
        check_notebooks()
    small = with_changes(experiment, {"training.steps": steps, "training.dtype": "float64", **SHEET})
    preset = source if isinstance(source, str) and entry_of(source) else ""
    machines = {name: Machine.of(name, device, data_dir) for name in names}
    if not quick:
        check_data(small, next(iter(machines.values())).load_data(small.data))  # before minutes are spent
    programs, missing = _programs(experiment, names, (preset, changes), tell)
    measurements = None
    if not quick:
        make_folder(folder)
        measurements = Measurements(folder, small, machines, tell)
        measurements.measure(rows_of(small))
    lesson = Lesson(
        experiment=small if measurements else experiment,
        docstring=said_by_preset(source),
        programs=programs,
        missing=missing,
        unmeasured=measurements.failures if measurements else {},
        measured=measurements.plain if measurements else None,
        version=version("gan-core"),
        command=command,
    )
    files = write_lesson(lesson, words, folder)
    if notebook:
        files.append(write_notebook(lesson, words, folder, execute=not quick, data_dir=data_dir, tell=tell))
    return Made(folder=folder, files=tuple(files), missing=missing)


def write_lesson(lesson: Lesson, words: Words, folder: Path) -> list[Path]:
    """Write a lesson's page and programs into a folder, each whole or not at all; return the files."""
    texts = {program_file(name): program.text for name, program in lesson.programs.items()}
    texts[PAGE] = page(lesson, words)
    make_folder(folder)
    for name, text in texts.items():
        with written_whole(folder / name) as unfinished:
            unfinished.write_text(text, encoding="utf-8")
    return [folder / name for name in texts]


def make_folder(folder: Path) -> None:
    """Make a folder unless it is there. Raises `WriteError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(f"out={folder} cannot be made: {error.strerror}", error.errno) from None


def check_folder(folder: Path) -> None:
    """Raise `UsageError` for a folder that holds something else than a lesson."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise UsageError(f"out={folder}: expected a folder; there is a file of that name")
    if any(folder.iterdir()) and read_measurements(folder / FILE) is None and not _is_lesson(folder):
        raise UsageError(f"out={folder} holds something else than a lesson; name a folder that is empty or not there")


def _is_lesson(folder: Path) -> bool:
    """Whether a folder holds a lesson without measurements."""
    path = folder / PAGE
    return path.is_file() and 'id="lesson"' in path.read_text(encoding="utf-8", errors="replace")


def chosen_backends(backends: Sequence[str]) -> list[str]:
    """Return the backends of a lesson, those that are named or all. Raises `BackendError` for an unknown one."""
    known = installed_backends()
    for name in backends:
        if name not in known:
            raise BackendError(f"unknown backend '{name}'{nearest(name, known)}")
    return list(dict.fromkeys(backends)) or _in_order(known)


def _in_order(known: Mapping[str, Any]) -> list[str]:
    """All backends: first those of the table of differences, in its order."""
    return [*(name for name in titled() if name in known), *sorted(set(known) - {*titled()})]


def _programs(
    experiment: Experiment, names: Sequence[str], made_of: tuple[str, Any], tell: Tell
) -> tuple[dict[str, Program], dict[str, str]]:
    """The program of each framework, and why some have none. made_of: the preset's name, or "", and the changes."""
    programs: dict[str, Program] = {}
    missing: dict[str, str] = {}
    preset, changes = made_of
    often = with_changes(experiment, OFTEN)
    for name in names:
        try:
            programs[name] = written(often, name, preset, json_ready(read_changes(changes)) | OFTEN if preset else {})
        except GanError as error:
            missing[name] = str(error)
            tell(f"no program for {name}: {error}")
    return programs, missing


def json_ready(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return changes as JSON can carry them to another process."""
    plain: dict[str, Any] = json.loads(json.dumps(dict(changes), default=str))
    return plain
