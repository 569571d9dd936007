"""Where cells run, in a user's words, and all cells of a study run there."""

import math
import secrets
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gan_core.cells.cell import Cell, Outcome
from gan_core.cells.local_pool import Heard, LocalPool, nobody
from gan_core.cells.packing import packed, unpack
from gan_core.cells.ray_pool import RayPool, address_of, check_answers, installed_ray
from gan_core.cells.running import run_anywhere, run_here
from gan_core.child_processes import MARK
from gan_core.errors import UsageError, nearest, one_line
from gan_core.files.disk_errors import write_error

ENGINES = ("local", "ray")
THREADS = (
    *("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
    *("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"),
)
USUAL_JOBS = 2


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where the cells of a study run, and how many side by side.

    engine: ``local``, processes of this machine; ``ray``, tasks of a Ray cluster; or an executor of your own. jobs: how
    many cells run at once; None is 2 on this machine, 1 of them on its GPU, and as many as a cluster has room for.
    address: of a Ray cluster, as ``10.0.0.1:6379``; None starts one on this machine, or takes what RAY_ADDRESS names.
    cpus, gpus: what a cell takes of a machine, fractions allowed; a cell has as many threads as whole CPUs, at least
    one. device: of the cells, ``cpu``, ``gpu`` or ``gpu:N``. Raises `UsageError` for what no engine can do.
    """

    engine: str | Executor = "local"
    jobs: int | None = None
    address: str | None = None
    cpus: float = 1
    gpus: float = 0
    device: str = "cpu"

    def __post_init__(self) -> None:
        if isinstance(self.engine, str) and self.engine not in ENGINES:
            raise UsageError(f"engine={self.engine}: unknown{nearest(self.engine, ENGINES)}")
        if self.jobs is not None and self.jobs < 1:
            raise UsageError(f"jobs={self.jobs}: expected 1 or more")
        if not 0 < self.cpus < math.inf:
            raise UsageError(f"cpus={self.cpus:g}: expected more than 0, as 1 or 0.5")
        if not 0 <= self.gpus < math.inf or (self.gpus > 1 and self.gpus != int(self.gpus)):
            raise UsageError(f"gpus={self.gpus:g}: expected 0, a fraction as 0.5, or a whole number")
        if self.engine == "local" and (self.gpus or self.address):
            word = f"gpus={self.gpus:g}" if self.gpus else f"address={self.address}"
            raise UsageError(f"{word} is for engine=ray; on this machine jobs=N says how many cells run at once")
        if self.engine == "ray" and self.device != "cpu" and not self.gpus:
            raise UsageError(
                f"device={self.device} with engine=ray: say what a cell takes of a GPU, as gpus=1 or gpus=0.5"
            )

        if self.engine == "ray":  # before anything is written
            installed_ray()
            check_answers(address_of(self.address))

    @property
    def environment(self) -> dict[str, str]:
        """The variables that say to every framework how many threads a cell has."""
        return dict.fromkeys(THREADS, str(max(1, int(self.cpus))))

    @contextmanager
    def opened(self, heard: Heard = nobody) -> Iterator[Executor]:
        """Give the executor for the block; an error that leaves the block ends what runs and cancels what waits.

        heard: is told what cells of this machine print.
        """
        if isinstance(self.engine, Executor):
            yield self.engine
            return
        pool: LocalPool | RayPool
        if self.engine == "ray":
            pool = RayPool(jobs=self.jobs, address=self.address, cpus=self.cpus, gpus=self.gpus)
        else:
            pool = LocalPool(self.jobs or (USUAL_JOBS if self.device == "cpu" else 1), heard)
        try:
            yield pool
        except BaseException:
            pool.stop()
            raise
        finally:
            pool.shutdown()


def run_cells(
    cells: Sequence[Cell],
    root: Path,
    placement: Placement,
    ended: Callable[[Cell, Outcome], object],
    heard: Heard = nobody,
) -> None:
    """Run cells, in this order as there is room, and tell of each when it has ended, with its results in its folder.

    root: the folder of the study, which is there already and in which the cells' folders lie. ended: is called in this
    thread; what it raises, and Ctrl-C, ends the cells that run, each after its step, and cancels those that wait.
    heard: see `Placement.opened`.
    """
    if not cells:
        return
    with placement.opened(heard) as pool, _marked(root) as mark:
        waiting = {_submitted(pool, cell, placement.environment, mark): cell for cell in cells}
        for future in as_completed(waiting):
            ended(waiting[future], _received(waiting[future], future))


def _submitted(pool: Executor, cell: Cell, environment: dict[str, str], mark: Path) -> Future[Outcome]:
    if isinstance(pool, LocalPool):
        return pool.submit(run_here, cell, environment)
    return pool.submit(run_anywhere, cell, environment, mark, packed(cell.folder) if cell.own_folder else b"")


def _received(cell: Cell, future: Future[Outcome]) -> Outcome:
    """What came of a cell; a machine that was lost, or ran out of memory, is a failure of the cell."""
    try:
        outcome = future.result()
    except Exception as error:  # noqa: BLE001  (whatever an executor raises for a call that it lost)
        return Outcome(status=1, complaint=f"{MARK}{type(error).__name__}: {one_line(error, 300)}")
    if outcome.files is not None:
        try:
            unpack(outcome.files, cell.folder, whole=cell.own_folder)
        except OSError as error:
            raise write_error(cell.folder, error) from None
    return outcome


@contextmanager
def _marked(root: Path) -> Iterator[Path]:
    """Give a file in the study's folder that no other folder has, by which another machine knows it."""
    mark = root.resolve() / f".study-{secrets.token_hex(8)}"
    try:
        mark.write_text(mark.name, encoding="utf-8")
    except OSError as error:
        raise write_error(mark, error) from None
    try:
        yield mark
    finally:
        mark.unlink(missing_ok=True)
