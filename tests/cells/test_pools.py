"""Cells on this machine: what comes of them, who hears of it, and that no process outlives its study."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path

import pytest

from gan_core.cells.cell import Cell, Outcome
from gan_core.cells.pools import Placement, run_cells
from gan_core.cells.ray_pool import check_answers
from gan_core.cells.running import is_marked, run_anywhere, run_here
from gan_core.errors import UsageError
from small_cells import gone, small_cell, write_module


@pytest.fixture(autouse=True)
def _module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_module(tmp_path, monkeypatch)


def until(true: Callable[[], bool]) -> None:
    for _ in range(400):
        if true():
            return
        time.sleep(0.05)
    pytest.fail("waited in vain")


def outcomes(cells: list[Cell], root: Path, placement: Placement, **options) -> dict[str, Outcome]:
    found: dict[str, Outcome] = {}
    run_cells(cells, root, placement, lambda cell, outcome: found.update({cell.name: outcome}), **options)
    return found


def test_cells_leave_their_results_and_say_how_they_ended(tmp_path):
    heard: list[tuple[str, str]] = []
    cells = [small_cell(tmp_path / "good"), small_cell(tmp_path / "bad", fails=True)]

    found = outcomes(cells, tmp_path, Placement(jobs=2, cpus=3.5), heard=lambda *said: heard.append(said))

    assert (tmp_path / "good" / "answer").read_text() == "name = 1\n3"
    assert (found["good"].status, found["bad"].status) == (0, 1)
    assert "the loss is nan" in found["bad"].complaint
    assert sorted(heard) == [("bad", "working\n"), ("good", "working\n")]


def test_nothing_but_results_is_left_in_the_study(tmp_path):
    root = tmp_path / "study"
    root.mkdir()

    outcomes([small_cell(root / "one")], root, Placement())

    assert [path.name for path in root.iterdir()] == ["one"]


def test_an_error_stops_what_runs_in_order_and_cancels_what_waits(tmp_path):
    """As Ctrl-C does, which is raised at the same place."""

    def ended(cell: Cell, outcome: Outcome) -> None:
        until((tmp_path / "runs" / "pid").exists)
        raise KeyboardInterrupt

    cells = [small_cell(tmp_path / "first"), small_cell(tmp_path / "runs", waits=True), small_cell(tmp_path / "late")]
    with pytest.raises(KeyboardInterrupt):
        run_cells(cells, tmp_path, Placement(jobs=1), ended)

    assert (tmp_path / "runs" / "stopped").read_text() == "in order"
    assert not (tmp_path / "late").exists()


def test_a_cell_ends_with_a_parent_that_was_killed(tmp_path):
    program = (
        "import sys; sys.path.insert(0, sys.argv[2])\n"
        "from pathlib import Path\nfrom small_cells import small_cell\n"
        "from gan_core.cells.pools import Placement, run_cells\n"
        "root = Path(sys.argv[1])\n"
        "run_cells([small_cell(root / 'runs', waits=True)], root, Placement(), print)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, str(tmp_path), str(Path(__file__).parent.parent)])
    until((tmp_path / "runs" / "pid").exists)
    pid = int((tmp_path / "runs" / "pid").read_text())

    parent.kill()
    parent.wait()

    until(lambda: gone(pid))
    assert (tmp_path / "runs" / "stopped").read_text() == "in order"


def test_results_come_back_from_a_machine_that_sees_no_folder_of_the_study(tmp_path):
    """It has what was there before: 'answer' is gone on with."""
    cell = small_cell(tmp_path / "mine")
    cell.folder.mkdir()
    (cell.folder / "answer").write_text("before, ")
    elsewhere = ElsewhereExecutor()

    found = outcomes([cell], tmp_path, Placement(engine=elsewhere))

    assert found["mine"].files is not None
    assert (cell.folder / "answer").read_text() == "before, name = 1\n1"


class ElsewhereExecutor(Executor):
    """A machine without the study's folder: the mark is not to be seen."""

    def submit(self, fn, /, cell, environment, mark, before):
        future: Future[Outcome] = Future()
        future.set_result(fn(cell, environment, mark.with_name("none"), before))
        return future


def test_a_machine_that_sees_the_folder_writes_there(tmp_path):
    mark = tmp_path / "mark"
    mark.write_text("mark")

    outcome = run_anywhere(small_cell(tmp_path / "one"), {"OMP_NUM_THREADS": "1"}, mark, b"")

    assert is_marked(mark)
    assert (outcome.status, outcome.files) == (0, None)
    assert (tmp_path / "one" / "answer").is_file()


def test_a_call_that_the_executor_lost_is_a_failure_of_its_cell(tmp_path):
    class Losing(Executor):
        def submit(self, fn, /, *args, **kwargs):
            future: Future[Outcome] = Future()
            future.set_exception(RuntimeError("the node\ndied"))
            return future

    found = outcomes([small_cell(tmp_path / "one")], tmp_path, Placement(engine=Losing()))

    assert found["one"].complaint == "gan: RuntimeError: the node died"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"engine": "rya"}, "engine=rya: unknown; did you mean 'ray'?"),
        ({"jobs": 0}, "jobs=0: expected 1 or more"),
        ({"cpus": 0}, "cpus=0: expected more than 0"),
        ({"engine": "ray", "gpus": 1.5}, "gpus=1.5: expected 0, a fraction as 0.5, or a whole number"),
        ({"gpus": 0.5}, "gpus=0.5 is for engine=ray"),
        ({"address": "here:1"}, "address=here:1 is for engine=ray"),
        ({"engine": "ray", "device": "gpu"}, "device=gpu with engine=ray: say what a cell takes of a GPU"),
    ],
)
def test_what_no_engine_can_do_is_a_line(options, message):
    with pytest.raises(UsageError) as caught:
        Placement(**options)

    assert str(caught.value).startswith(message)


def test_without_ray_the_line_names_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)

    with pytest.raises(UsageError, match=r"pip install 'gan-core\[ray\]'"), Placement(engine="ray").opened():
        pass


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1"])
def test_an_address_at_which_nobody_answers_is_a_line(address):
    with pytest.raises(UsageError, match=f"address={address}: nobody answers there"):
        check_answers(address)


def test_an_address_without_a_port_is_refused():
    with pytest.raises(UsageError, match="address=head: expected HOST:PORT of a Ray cluster"):
        check_answers("head")


def test_a_process_that_begins_while_its_pool_stops_is_stopped_too(tmp_path):
    with Placement(jobs=1).opened() as pool:
        pool.children.stop()
        cell = small_cell(tmp_path / "one", waits=True)
        outcome = pool.submit(run_here, cell, {"OMP_NUM_THREADS": "1"}).result(30)

    assert outcome.status in {143, -signal.SIGTERM}  # before it listens, or after
