"""How a run's samples changed: its sheets over time in one picture, or in an animated GIF."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from gan_core.errors import UsageError
from gan_core.files.whole_files import written_whole
from gan_core.printing import say
from gan_core.runs.chosen_checkpoint import told_steps
from gan_core.runs.directory import RunDirectory
from gan_core.runs.opened import OpenedRun
from gan_core.runs.run_names import told_apart
from gan_core.sheets.titled_pictures import Block, Titled, titled_grid, write_frames
from gan_core.training.timetable import Timetable

FILE = "montage.png"
MOST_BY_ITSELF = 20  # sheets in the picture that a run writes at its end
MOST = 200  # sheets in a picture that was asked for, and frames
LARGEST_BY_ITSELF, LARGEST, LARGEST_FRAME = 2048, 3072, 640  # pixels of the longer side
COLUMNS, COLUMNS_OF_MANY = 5, 10
FEW = 25  # sheets, up to which a row holds five


def montage(
    runs: Sequence[OpenedRun | str | Path],
    out: str | Path | None = None,
    *,
    epochs: Sequence[float] = (),
    steps: Sequence[int] = (),
    columns: int | None = None,
    allow_imports: bool = False,
) -> Path:
    """Write the sheets of one run, or of several below each other, into one picture, and return its path.

    out: a file that ends in .png, or in .gif: there the sheets follow each other, those of several runs side by side.
    By default ``montage.png``, in the run's folder, of several runs here. epochs, steps: the sheets of the ends of some
    epochs, or of some steps; by default all, of more than 200 every so many. columns: sheets in a row, by default 5, or
    10 of many. allow_imports: whether the modules that the runs have kept may run.

    Raises `UsageError` for a run without a sheet, for an epoch or step that has none, with those there are, and for a
    file of another kind; `WriteError`.
    """
    if epochs and steps:
        raise UsageError("give epochs or steps, not both")
    if columns is not None and columns < 1:
        raise UsageError(f"columns={columns}: expected at least 1")
    opened = [run if isinstance(run, OpenedRun) else OpenedRun(run, allow_imports=allow_imports) for run in runs]
    path = _checked_file(opened, out)
    names = told_apart([run.experiment.name for run in opened], [run.path for run in opened])
    chosen = {name: _chosen(run, epochs, steps) for name, run in zip(names, opened, strict=True)}
    timetables = dict(zip(chosen, (run.timetable for run in opened), strict=True))
    if path.suffix.lower() == ".gif":
        frames = _frames(chosen, timetables)
        with written_whole(path) as temporary:
            write_frames(temporary, frames, LARGEST_FRAME)
        return path
    blocks = [
        Block(
            title=name if len(chosen) > 1 else "",
            pictures=[(moment(step, timetables[name]), sheet) for step, sheet in _thinned(sheets, MOST).items()],
        )
        for name, sheets in chosen.items()
    ]
    longest = max(len(block.pictures) for block in blocks)
    few = COLUMNS if len(blocks) == 1 and longest <= FEW else COLUMNS_OF_MANY
    page = titled_grid(blocks, columns or min(longest, few), LARGEST)
    with written_whole(path) as temporary:
        page.save(temporary, format="PNG")
    return path


def write_own_montage(directory: RunDirectory, timetable: Timetable) -> None:
    """Write a run's ``montage.png`` where it has two sheets or more; one that is damaged is told of in a line.

    Raises `WriteError`.
    """
    sheets = _thinned(sheets_of(directory), MOST_BY_ITSELF)
    if len(sheets) < 2:
        return
    block = Block(pictures=[(moment(step, timetable), sheet) for step, sheet in sheets.items()])
    try:
        page = titled_grid([block], min(len(sheets), COLUMNS), LARGEST_BY_ITSELF)
    except UsageError as error:
        say(f"gan: {error}; {FILE} is not written")
        return
    with written_whole(directory.file(FILE)) as temporary:
        page.save(temporary, format="PNG")


def sheets_of(directory: RunDirectory) -> dict[int, Path]:
    """Return a run's sheets, step → file, in order."""
    found = {
        int(match[1]): path
        for path in (directory.path / "samples").glob("step-*.png")
        if (match := re.fullmatch(r"step-(\d{1,18})\.png", path.name))
    }
    return dict(sorted(found.items()))


def moment(step: int, timetable: Timetable) -> str:
    """Return the epoch that ends in a step, as ``epoch 15``, else the step, as ``step 6,400``."""
    epoch = timetable.epoch_ended_in(step)
    return f"epoch {epoch:,}" if epoch else f"step {step:,}"


def _checked_file(runs: Sequence[OpenedRun], out: str | Path | None) -> Path:
    """Return where the picture goes. Raises `UsageError` for a file of another kind, and a folder that is not there."""
    if not runs:
        raise UsageError("expected at least one run")
    if out is None:
        return runs[0].directory.file(FILE) if len(runs) == 1 else Path(FILE)
    path = Path(out)
    if path.suffix.lower() not in (".png", ".gif"):
        raise UsageError(f"out={path}: expected a file that ends in .png or .gif")
    if not path.parent.is_dir():
        raise UsageError(f"out={path}: the folder {path.parent} does not exist")
    return path


def _chosen(run: OpenedRun, epochs: Sequence[float], steps: Sequence[int]) -> dict[int, Path]:
    """Return the sheets of a run that are asked for. Raises `UsageError` where there is none."""
    sheets = sheets_of(run.directory)
    if not sheets:
        raise UsageError(f"{run.path} has no sheets yet (samples/step-*.png)")
    if not epochs and not steps:
        return sheets
    timetable = run.timetable
    asked = {step: f"steps={step}: {run.path} has no sheet of step {step:,}" for step in steps}
    for epoch in epochs:
        if not 0 < epoch < float("inf"):
            raise UsageError(f"epochs={epoch:g}: expected numbers of more than 0, as 1,50,100")
        step = timetable.step_of_epoch(epoch)
        asked[step] = f"epochs={epoch:g}: {run.path} has no sheet of epoch {epoch:g} (step {step:,})"
    for step, fault in asked.items():
        if step not in sheets:
            raise UsageError(f"{fault}; it has those of step {told_steps(list(sheets), timetable)}")
    return {step: sheets[step] for step in asked}


def _thinned(sheets: Mapping[int, Path], most: int) -> dict[int, Path]:
    """Return at most so many of the sheets, evenly spread, the first and the last among them."""
    if len(sheets) <= most:
        return dict(sheets)
    steps = list(sheets)
    kept = [steps[round(place * (len(steps) - 1) / (most - 1))] for place in range(most)]
    return {step: sheets[step] for step in kept}


def _frames(chosen: Mapping[str, Mapping[int, Path]], timetables: Mapping[str, Timetable]) -> list[list[Titled]]:
    """Return the frames of an animation, in each a sheet of every run: the newest one of that time.

    Time is epochs where all runs have them, else steps. A run that begins later shows its first sheet until then.
    """
    in_epochs = all(timetable.has_epochs for timetable in timetables.values())
    of_run = {
        name: {timetables[name].epoch(step) if in_epochs else float(step): step for step in sheets}
        for name, sheets in chosen.items()
    }
    times = sorted({time for steps in of_run.values() for time in steps})
    if len(times) > MOST:
        times = [times[round(place * (len(times) - 1) / (MOST - 1))] for place in range(MOST)]
    frames = []
    for time in times:
        frame: list[Titled] = []
        for name, steps in of_run.items():
            step = steps[max((one for one in steps if one <= time), default=min(steps))]
            title = moment(step, timetables[name])
            frame.append((f"{name}\n{title}" if len(chosen) > 1 else title, chosen[name][step]))
        frames.append(frame)
    return frames
