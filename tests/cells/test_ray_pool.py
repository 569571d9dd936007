"""Cells on a Ray cluster of this machine: the same results, resources, and an end in order."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gan_core.cells.pools import Placement, run_cells
from gan_core.cells.ray_pool import RayPool
from gan_core.cells.running import run_anywhere
from gan_core.errors import UsageError
from small_cells import gone, small_cell, write_module

ray = pytest.importorskip("ray", reason="ray is not installed: pip install 'gan-core[ray]'")
pytestmark = pytest.mark.slow  # a cluster takes some seconds to start


def until(true: Callable[[], bool]) -> None:
    for _ in range(600):
        if true():
            return
        time.sleep(0.1)
    pytest.fail("waited in vain")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the module of the cells, on the path of the cluster's processes."""
    made = tmp_path_factory.mktemp("cells")
    with pytest.MonkeyPatch.context() as patch:
        write_module(made, patch)
        yield made


@pytest.fixture(scope="module")
def pool(folder: Path) -> Iterator[RayPool]:
    made = RayPool(jobs=2, address=None, cpus=1, gpus=0)
    yield made
    made.shutdown()


def test_a_call_runs_in_another_process(pool):
    import os

    assert pool.submit(os.getpid).result(timeout=60) != os.getpid()


def test_what_a_call_raises_is_raised_here(pool):
    with pytest.raises(ZeroDivisionError):
        pool.submit(divmod, 1, 0).result(timeout=60)


def test_a_cell_writes_into_a_folder_that_its_machine_sees(pool, folder):
    mark = folder / "mark"
    mark.write_text("mark")

    outcome = pool.submit(run_anywhere, small_cell(folder / "seen"), {"OMP_NUM_THREADS": "1"}, mark, b"").result(60)

    assert (outcome.status, outcome.files) == (0, None)
    assert (folder / "seen" / "answer").read_text() == "name = 1\n1"


def test_a_cell_sends_its_files_from_a_machine_that_does_not(pool, folder):
    cell = small_cell(folder / "unseen")

    outcome = pool.submit(run_anywhere, cell, {"OMP_NUM_THREADS": "1"}, folder / "none", b"").result(60)

    assert outcome.status == 0
    assert outcome.files is not None
    assert not cell.folder.exists()


def test_what_no_machine_has_is_a_line(pool):
    """The Ray of this process is the one that is asked."""
    with pytest.raises(UsageError, match="cpus=5000, gpus=0: no machine of the cluster has that"):
        RayPool(jobs=1, address=None, cpus=5000, gpus=0)


def test_a_study_that_is_stopped_ends_its_cells(pool, folder):
    def ended(*_: object) -> None:
        until((folder / "runs" / "pid").exists)
        raise KeyboardInterrupt

    cells = [small_cell(folder / "first"), small_cell(folder / "runs", waits=True), small_cell(folder / "late")]
    with pytest.raises(KeyboardInterrupt):
        run_cells(cells, folder, Placement(engine="ray", jobs=1), ended)

    assert gone(int((folder / "runs" / "pid").read_text()))
    assert (folder / "runs" / "stopped").read_text() == "in order"
    assert not (folder / "late" / "answer").exists()
