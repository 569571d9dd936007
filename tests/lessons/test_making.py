"""A lesson made: what is kept, what is refused, and what is not measured twice."""

import json
import shutil
import sys

import pytest

from gan_core.errors import BackendError, DataError, UsageError
from gan_core.experiments.files import with_changes
from gan_core.lessons.differences import rows_of
from gan_core.lessons.lesson import check_folder, make_lesson, write_lesson
from gan_core.lessons.measurements import Measurements
from gan_core.lessons.overview import make_overview
from gan_core.lessons.small_runs import sheet_steps, watched_steps
from gan_core.lessons.words import read_words
from gan_core.training.machine import Machine
from stored_lesson import FOLDER, small_experiment, stored_lesson


@pytest.fixture
def folder(tmp_path):
    """A folder with the stored measurements."""
    shutil.copy(FOLDER / "measured.json", tmp_path)
    return tmp_path


def machines() -> dict[str, Machine]:
    return {name: Machine.of(name, "cpu", None) for name in ("torch", "paddle", "keras")}


def test_nothing_is_measured_twice(folder):
    said: list[str] = []
    before = (folder / "measured.json").read_bytes()
    measurements = Measurements(folder, small_experiment(), machines(), said.append)
    measurements.measure(rows_of(small_experiment()))

    assert said == []
    assert (folder / "measured.json").read_bytes() == before


def test_measurements_of_another_experiment_are_refused(folder):
    other = with_changes(small_experiment(), {"training.seed": 1})

    with pytest.raises(UsageError, match="with other settings"):
        Measurements(folder, other, machines(), print)


def test_a_reference_that_is_not_among_the_frameworks_is_asked_for(folder):
    plain = json.loads((folder / "measured.json").read_text())
    del plain["ports"]["logits"]
    (folder / "measured.json").write_text(json.dumps(plain))
    others = {name: machine for name, machine in machines().items() if name != "torch"}

    with pytest.raises(UsageError, match="compares with torch, which is not among the frameworks now"):
        Measurements(folder, small_experiment(), others, print).measure(rows_of(small_experiment()))


def test_page_and_programs_are_written_side_by_side_and_again(tmp_path):
    for _ in range(2):
        files = write_lesson(stored_lesson(), read_words("zh"), tmp_path / "lesson")

    assert {file.name for file in files} == {"lesson.html", "train_torch.py", "train_paddle.py", "train_keras.py"}
    compile((tmp_path / "lesson" / "train_keras.py").read_text(encoding="utf-8"), "train_keras.py", "exec")
    check_folder(tmp_path / "lesson")


@pytest.mark.parametrize(
    ("arguments", "error", "line"),
    [
        ({"source": "mnist-mpl"}, UsageError, "did you mean 'mnist-mlp'"),
        ({"language": "xx"}, UsageError, "expected one of: en, zh"),
        ({"backends": ["torhc"]}, BackendError, "unknown backend 'torhc'; did you mean 'torch'"),
        ({"steps": 0}, UsageError, "steps"),
    ],
)
def test_wrong_words_are_one_line_and_nothing_is_written(tmp_path, arguments, error, line):
    with pytest.raises(error) as raised:
        make_lesson(**{"source": "digits-mlp", "out": tmp_path / "new", "notebook": False} | arguments)

    assert line in str(raised.value)
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "new").exists()


def test_a_folder_that_holds_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")

    with pytest.raises(UsageError, match="holds something else than a lesson"):
        make_lesson("digits-mlp", tmp_path, notebook=False)
    with pytest.raises(UsageError, match="expected a folder"):
        make_lesson("digits-mlp", tmp_path / "thesis.txt", notebook=False)
    with pytest.raises(UsageError, match=r"holds thesis\.txt, which is no lesson"):
        make_overview(tmp_path)


def test_data_that_are_not_there_are_one_line_before_anything_is_run(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DATA_DIR", str(tmp_path))
    said: list[str] = []

    with pytest.raises(DataError, match="no folder pictures"):
        make_lesson("mnist-mlp", tmp_path / "new", changes={"folder": "pictures"}, notebook=False, tell=said.append)
    assert said == []
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("package", ["pygments", "nbformat", "nbclient", "ipykernel"])
def test_a_package_that_is_missing_is_one_line_before_anything_is_run(tmp_path, monkeypatch, package):
    pytest.importorskip(package, reason=f"{package} is not installed")
    monkeypatch.setitem(sys.modules, package, None)  # as Python does for what cannot be imported
    said: list[str] = []

    with pytest.raises(UsageError, match=rf"needs {package}, which is not installed: pip install 'gan-core\[lesson\]'"):
        make_lesson("digits-mlp", tmp_path / "new", tell=said.append)
    assert said == []
    assert not (tmp_path / "new").exists()


def test_sheets_are_drawn_before_the_first_step_and_after_the_last():
    assert sheet_steps(50) == [0, 5, 10, 25, 50]
    assert sheet_steps(1) == [0, 1]


def test_samples_of_a_long_run_are_kept_at_some_steps():
    assert watched_steps(3) == [0, 1, 2, 3]
    assert watched_steps(5000)[:4] == [0, 1, 2, 5]
    assert watched_steps(5000)[-1] == 5000
    assert len(watched_steps(5000)) < 130
