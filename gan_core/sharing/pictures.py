"""Pictures of a run for a notebook: its losses as a figure, its sheets as pictures; nothing is written."""

import io
from typing import TYPE_CHECKING, Any

from gan_core.errors import UsageError
from gan_core.runs.chosen_checkpoint import told_steps
from gan_core.runs.loss_curve import DOTS, draw_losses, undecided_losses
from gan_core.runs.montage import sheets_of
from gan_core.runs.opened import OpenedRun
from gan_core.sheets.titled_pictures import read_picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL.Image import Image


def losses_figure(run: OpenedRun) -> "Figure":
    """Return a figure of a run's scalars over the steps, which notebooks show by themselves.

    Raises `UsageError` for a run that has logged nothing.
    """
    rows = run.metrics()
    if not rows:
        raise UsageError(f"{run.path} has logged no losses yet (metrics.jsonl)")
    per_step = None
    if run.directory.environment().get("samples"):  # without it the data would be read for the epochs alone
        timetable = run.timetable
        per_step = timetable.epoch(timetable.steps) / timetable.steps
    figure = draw_losses(rows, run.experiment.name, undecided_losses(run.experiment), per_step)
    figure._repr_png_ = lambda: _png(figure)
    return figure  # type: ignore[no-any-return]


def _png(figure: Any) -> bytes:
    """A figure as a PNG file's bytes: notebooks ask what they show for it, unless they know figures already."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=DOTS)
    return stream.getvalue()


def sheet_of(run: OpenedRun, step: int | None = None) -> "Image":
    """Return the sheet of a step, by default the newest. Raises `UsageError` where there is none."""
    sheets = sheets_of(run.directory)
    if not sheets:
        raise UsageError(f"{run.path} has no sheets yet (samples/step-*.png)")
    chosen = max(sheets) if step is None else step
    if chosen not in sheets:
        known = told_steps(list(sheets), run.timetable)
        raise UsageError(f"step={chosen}: {run.path} has no sheet of it; it has those of step {known}")
    return read_picture(sheets[chosen])
