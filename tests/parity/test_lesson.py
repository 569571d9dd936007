"""A lesson's programs and small runs on one framework, each in a process of its own."""

import json
from pathlib import Path

import pytest

from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import with_changes
from gan_core.lessons.differences import all_rows
from gan_core.lessons.lesson import SHEET, make_lesson
from gan_core.lessons.ports import port_of
from gan_core.lessons.small_runs import SmallRun, read_run, record_run
from gan_core.lockstep.array_scales import difference
from gan_core.lockstep.traces import scalar_differences
from gan_core.presets import preset
from gan_core.training.machine import Machine

ROWS = {row.name: row for row in all_rows()}
SMALL = with_changes(preset("digits-mlp"), {"training.steps": 3, "training.dtype": "float64", **SHEET})


def small_run(folder: Path, experiment: Experiment, name: str, *, nudge: int | None = None) -> SmallRun:
    """A run as a lesson's child process records it, in this process: it has this framework already."""
    folder.mkdir()
    record_run(experiment, Machine.of(name, "cpu", None), folder, nudge=nudge, sheets=nudge is None)
    return read_run(folder)


def test_momentum_shows_in_samples_and_in_no_loss(tmp_path: Path, backend64, name: str) -> None:
    port = port_of(ROWS["batch-norm-momentum"], SMALL)
    right, wrong = (
        small_run(tmp_path / one, experiment, name)
        for one, experiment in (("right", SMALL), ("wrong", port.experiment))
    )
    samples = [difference(one, other) for one, other in zip(right.samples, wrong.samples, strict=True)]

    assert scalar_differences(right.trace, wrong.trace).max() == 0
    assert samples[0] == 0
    assert samples[1] > 1e-3
    assert [*right.sheets] == [0, 1, 2, 3]
    assert right.real.startswith(b"\x89PNG")
    assert right.peak_bytes > 2**26


def test_a_weight_that_is_moved_by_one_unit_hardly_shows(tmp_path: Path, backend64, name: str) -> None:
    right, nudged = (small_run(tmp_path / str(nudge), SMALL, name, nudge=nudge) for nudge in (None, 0))

    assert scalar_differences(right.trace, nudged.trace).max() < 1e-12


def test_the_optimizer_of_a_naive_port_runs(tmp_path: Path, backend64, name: str) -> None:
    """Its definition, in place of the framework's own kernel; it parts from Adam by what epsilon is."""
    port = port_of(ROWS["adam-epsilon-place"], SMALL)
    right, wrong = (
        small_run(tmp_path / one, experiment, name)
        for one, experiment in (("right", SMALL), ("wrong", port.experiment))
    )
    parted = scalar_differences(right.trace, wrong.trace)

    assert parted[0] < 1e-5
    assert 1e-9 < parted[-1] < 0.1


@pytest.mark.slow
def test_a_whole_lesson_of_one_framework_with_its_notebook(tmp_path: Path, backend64, name: str) -> None:
    pytest.importorskip("nbclient", reason="nbclient is not installed")
    made = make_lesson("digits-mlp", tmp_path / "lesson", backends=[name], steps=3)
    notebook = json.loads((made.folder / "lesson.ipynb").read_text(encoding="utf-8"))
    printed = "".join(
        "".join(output.get("text", ())) for cell in notebook["cells"] for output in cell.get("outputs", ())
    )

    assert {path.name for path in made.files} == {"lesson.html", "lesson.ipynb", f"train_{name}.py"}
    assert made.missing == {}
    assert "\n50 discriminator_loss" in printed
    assert "failed" not in printed
