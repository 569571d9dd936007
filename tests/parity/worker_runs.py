"""Trainings of a few steps, as one process or as one of several workers, and how far the two part.

Run by a launcher as  -m worker_runs REQUEST  it trains the cases of a JSON request and leaves what each worker came to.
"""

import contextlib
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from gan_core.contract.launches import launched_for, launcher
from gan_core.contract.loading import load_backend
from gan_core.errors import GanError
from gan_core.experiments.experiment import Experiment
from gan_core.presets.loading import load_experiment
from gan_core.training.sharing import join
from gan_core.training.trainer import Trainer
from test_written_programs import small
from written_programs import Course, difference_of, random_dataset

HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Case:
    """A training: a preset at a small width in float64, with changes. mutant: a fault that is put in, see `broken`."""

    preset: str
    steps: int = 3
    changes: tuple[str, ...] = ()
    mutant: str = ""
    synchronised: bool = True

    @property
    def experiment(self) -> Experiment:
        return load_experiment(small(self.preset), list(self.changes))


@dataclass(frozen=True)
class Outcome:
    """What a worker came to: losses and state; variables: what objectives keep."""

    course: Course
    variables: dict[str, np.ndarray]
    error: str = ""


def trained(case: Case, name: str) -> Outcome:
    """Train a case in this process, with the others if a launcher started several."""
    experiment = case.experiment
    dataset = random_dataset(experiment)
    backend = load_backend(name, "float64")
    if (found := launched_for(name)) is not None:
        join(backend, found, synchronised_batch_norm=case.synchronised)
    with broken(case.mutant, backend):
        trainer = Trainer(experiment, backend, dataset)
        rows = []
        for _ in range(case.steps):
            scalars = trainer.run_step()
            means = backend.ops.detached(lambda found=scalars: backend.ops.averaged(list(found.values())))
            rows.append({key: float(backend.to_numpy(mean)) for key, mean in zip(scalars, means, strict=True)})
        state = trainer.state()
    return Outcome(Course(rows, state.networks, state.optimizers), dict(state.variables))


@contextlib.contextmanager
def broken(mutant: str, backend) -> Iterator[None]:
    """Put one of the faults in that other libraries have had, to see that the comparison finds it."""
    ops, kept = backend.ops, {}
    if mutant == "gradients of a worker's own rows":
        from gan_core.training import alternation

        kept["module"], kept["run_update"] = alternation, alternation.run_update

        def run_update(experiment, phase, models, inputs, shared):
            averaged, calls = ops.averaged, []

            def once(arrays):  # the last exchange of an update is that of its gradients
                calls.append(arrays)
                return list(arrays) if len(arrays) > 2 else averaged(arrays)

            ops.averaged = once
            try:
                return kept["run_update"](experiment, phase, models, inputs, shared)
            finally:
                del ops.averaged

        alternation.run_update = run_update
    elif mutant == "means of a worker's own rows":
        kept["averaged"], whole = True, ops.averaged
        ops.averaged = lambda arrays: list(arrays) if all(tuple(a.shape) == () for a in arrays) else whole(arrays)
    elif mutant in ("masks by a worker's own rows", "masks that overlook the joined batch"):
        workers = type(ops.workers)
        kept["offsets"], kept["workers"] = workers.offsets, workers
        own = mutant.startswith("masks by")
        workers.offsets = lambda self, size, parts: [
            part * size + (0 if own else self.rank * size * parts) for part in range(parts)
        ]
    try:
        yield
    finally:
        if "module" in kept:
            kept["module"].run_update = kept["run_update"]
        if "averaged" in kept:
            del ops.averaged
        if "workers" in kept:
            kept["workers"].offsets = kept["offsets"]


def together(cases: Sequence[Case], name: str, count: int, folder: Path) -> dict[Case, list[Outcome]]:
    """Train cases on `count` workers, one case after the other in the same processes, and return what each came to."""
    request = {"backend": name, "folder": str(folder), "cases": [asdict(case) for case in cases]}
    (folder / "request.json").write_text(json.dumps(request))
    command = [*launcher(name, count, folder / "logs"), "-m", "worker_runs", str(folder / "request.json")]
    paths = os.pathsep.join([str(HERE), str(HERE.parent), os.environ.get("PYTHONPATH", "")])
    one_thread = {"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1", "PYTHONPATH": paths}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | one_thread)
    logs = "".join(path.read_text()[-3000:] for path in sorted((folder / "logs").rglob("*")) if path.is_file())
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}\n{logs}"
    return {
        case: [read(folder / f"{number}-{rank}.pickle") for rank in range(count)] for number, case in enumerate(cases)
    }


def read(path: Path) -> Outcome:
    rows, networks, optimizers, variables, error = pickle.loads(path.read_bytes())  # noqa: S301  (our own child's)
    return Outcome(Course(rows, networks, optimizers), variables, error)


def parted(case: Case, one: Outcome, several: Sequence[Outcome]) -> tuple[float, str, bool]:
    """Return how far several workers part from one process, where, and whether the workers are alike bit for bit."""
    first = several[0]
    if first.error or one.error:
        return float("nan"), first.error or one.error, True
    found = difference_of(case.experiment, one.course, first.course)
    worst = (found.value, found.place)
    for name, value in one.variables.items():
        scale = max(np.abs(value).max(), 1e-300)
        worst = max(worst, (float(np.abs(first.variables[name] - value).max() / scale), name))
    alike = all(same(other.course.networks, first.course.networks) for other in several[1:])
    alike &= all(same(other.course.optimizers, first.course.optimizers) for other in several[1:])
    return *worst, alike


def same(one, other) -> bool:
    """Return whether two tables of arrays hold the same bits."""
    return all(np.array_equal(one[a][b], other[a][b]) for a in one for b in one[a])


def answer(request: dict) -> None:
    name, folder = request["backend"], Path(request["folder"])
    for number, plain in enumerate(request["cases"]):
        case = Case(**plain | {"changes": tuple(plain["changes"])})
        try:
            outcome = trained(case, name)
        except GanError as error:  # refused alike by every worker
            outcome = Outcome(Course([], {}, {}), {}, error=str(error))
        rank = launched_for(name).rank
        course = outcome.course
        found = (course.rows, course.networks, course.optimizers, outcome.variables, outcome.error)
        (folder / f"{number}-{rank}.pickle").write_bytes(pickle.dumps(found))


if __name__ == "__main__":
    answer(json.loads(Path(sys.argv[1]).read_text()))
