"""Training on several workers: how far its numbers part from those of one process, and what a step costs.

Run as  python benchmarks/workers.py --backend torch [--workers 2] [--only NAME …] [--floor]  for the numbers: three
steps in float64 at a small width, on random data. The difference is measured as `gan compare` does, relative to the
largest value of an array; where a preset's batch cannot be shared by so many, it is the next larger one that can. The
floor is how far one process parts from itself in as many steps when each weight is moved by one unit in its last place,
up, down or not at all, by chance: workers sum in another order, which rounds everywhere.

Run as  python benchmarks/workers.py --backend torch --cost [--workers 2]  for the time of a step in float32, with one
thread a process. Each way to train is started anew in every round; printed are medians, over the quietest half of its
rounds, of medians over steps: those in which other programs took the least of the processors, and how much that was.
An exchange lasts as long as the slowest worker of it lets it; what one takes at the worker that comes last to it is
told apart from what the others wait for.
"""

import argparse
import importlib
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests" / "parity"), str(ROOT / "tests")]

from gan_core.contract.launches import launched_for, launcher  # noqa: E402
from gan_core.contract.loading import load_backend  # noqa: E402
from gan_core.errors import GanError, UsageError  # noqa: E402
from gan_core.experiments.initial_values import all_initial_values  # noqa: E402
from gan_core.operations.workers import Workers  # noqa: E402
from gan_core.presets import PRESETS  # noqa: E402
from gan_core.presets.loading import load_experiment  # noqa: E402
from gan_core.training.sharing import check_shareable  # noqa: E402
from gan_core.training.trainer import Trainer  # noqa: E402
from worker_runs import Case, Outcome, parted, together, trained  # noqa: E402
from written_programs import Course, difference_of, random_dataset  # noqa: E402

STEPS = 3  # of a comparison
NUDGES = 3  # trainings of a floor
TIMED = ("mnist-dcgan", "mnist-wgan-gp-conv")
WARM_UP = 5  # steps
SAMPLES = 4096  # random ones, of which timed batches are made


def shareable(preset: str, count: int) -> Case:
    """A preset with the smallest batch, from its usual small one on, that so many workers can share."""
    usual = Case(preset=preset, steps=STEPS)
    size = usual.experiment.training.batch_size
    samples = len(random_dataset(usual.experiment))
    for larger in range(size, size + 256):
        case = Case(preset=preset, steps=STEPS, changes=(f"training.batch_size={larger}",) if larger > size else ())
        try:
            check_shareable(case.experiment, Workers(count=count), samples)
        except UsageError:
            continue
        return case
    return usual


def floor(case: Case, one: Outcome, name: str) -> float:
    """How far one process parts from itself with weights moved by one unit in their last place; the worst of three."""
    experiment, backend, worst = case.experiment, load_backend(name, "float64"), 0.0
    random = np.random.default_rng(0)
    for _ in range(NUDGES):
        values = {
            network: {key: moved(np.asarray(array), random) for key, array in arrays.items()}
            for network, arrays in all_initial_values(experiment).items()
        }
        trainer = Trainer(experiment, backend, random_dataset(experiment), values)
        rows = [
            {key: float(backend.to_numpy(value)) for key, value in trainer.run_step().items()}
            for _ in range(case.steps)
        ]
        state = trainer.state()
        course = Course(rows, state.networks, state.optimizers)
        worst = max(worst, difference_of(experiment, one.course, course).value)
    return worst


def moved(array: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """An array with each value moved by one unit in its last place up, down or not at all; zeros stay."""
    towards = random.choice(np.array([-np.inf, np.nan, np.inf]), array.shape)
    there = np.isnan(towards) | (array == 0)
    return np.where(there, array, np.nextafter(array, np.where(there, array, towards)))


def compare(name: str, count: int, presets: Sequence[str], *, with_floor: bool) -> None:
    """Print the table of the numbers, and at its end how long it took."""
    started_at = time.perf_counter()
    cases = [shareable(preset, count) for preset in presets]
    with tempfile.TemporaryDirectory() as folder:
        several = together(cases, name, count, Path(folder))
    columns = ["preset", "other than usual", "steps", f"{count} workers part by", "where", "workers alike"]
    columns += ["floor"] * with_floor
    print(f"| {' | '.join(columns)} |")
    print("|---" * len(columns) + "|")
    for case in cases:
        try:
            one = trained(case, name)
        except GanError as error:
            one = Outcome(Course([], {}, {}), {}, error=str(error))
        worst, place, alike = parted(case, one, several[case])
        refused = math.isnan(worst)
        cells = [f"`{case.preset}`", ", ".join(f"`{change}`" for change in case.changes), str(case.steps)]
        cells += ["refused", place, ""] if refused else [f"{worst:.0e}", f"`{place}`", "yes" if alike else "**no**"]
        if with_floor:
            cells.append("" if refused else f"{floor(case, one, name):.0e}")
        print(f"| {' | '.join(cells)} |", flush=True)
    print(f"{time.perf_counter() - started_at:.0f} s", file=sys.stderr)


@dataclass(frozen=True, kw_only=True)
class Way:
    """A way to train: on how many processes, on which batch, and over what batch norm takes its statistics.

    apart: the processes exchange nothing, and each trains its own on such a batch, at the same time.
    """

    label: str
    workers: int = 1
    batch: int = 64
    synchronised: bool = True
    apart: bool = False


@dataclass(frozen=True, kw_only=True)
class Times:
    """What one process measured of one preset.

    steps: seconds of each step. processor: seconds of all its threads a step. exchanges: seconds and bytes of each, in
    the order in which they came. machine: seconds that all processors worked, for whatever program, a step.
    """

    steps: list[float]
    processor: float
    exchanges: list[tuple[float, int]]
    machine: float


def machine_seconds() -> float:
    """Seconds that all processors have worked since the machine was started; 0 where Linux does not tell."""
    if not (told := Path("/proc/stat")).is_file():
        return 0.0
    user, nice, system, _, _, interrupt, soft, stolen = map(int, told.read_text().split()[1:9])
    return (user + nice + system + interrupt + soft + stolen) / os.sysconf("SC_CLK_TCK")


def followed_exchanges(name: str) -> list[tuple[float, int]]:
    """Have the exchanges of this process be timed from now on; return the list to which each is added.

    It stays empty where a framework makes them within what it compiled.
    """
    seen: list[tuple[float, int]] = []
    distributed = getattr(importlib.import_module(f"gan_backends.{name}.joining"), "distributed", None)
    if distributed is None:
        return seen
    exchange = distributed.all_reduce

    def timed(array, *arguments, **named):
        start = time.perf_counter()
        result = exchange(array, *arguments, **named)
        item = int(str(array.dtype)[-2:]) // 8
        seen.append((time.perf_counter() - start, int(np.prod(array.shape)) * item))
        return result

    distributed.all_reduce = timed
    return seen


def measure(name: str, way: Way, steps: int, folder: Path) -> None:
    """In a process of its own, or one of several: leave its `Times` of each preset as a file."""
    backend, rank = load_backend(name, "float32"), 0
    if (found := launched_for(name)) is not None:
        backend.join(found, synchronised_batch_norm=way.synchronised)
        rank = found.rank
    exchanges, times = followed_exchanges(name), {}
    for preset in TIMED:
        experiment = load_experiment(preset, ["width=0.25", f"training.batch_size={way.batch}"])
        trainer = Trainer(experiment, backend, random_dataset(experiment, SAMPLES))

        def step(trainer: Trainer = trainer) -> float:
            start = time.perf_counter()
            backend.to_floats(list(trainer.run_step().values()))
            return time.perf_counter() - start

        for _ in range(WARM_UP):
            step()
        exchanges.clear()
        before, all_before = time.process_time(), machine_seconds()
        taken = [step() for _ in range(steps)]
        processor, machine = (time.process_time() - before) / steps, (machine_seconds() - all_before) / steps
        times[preset] = asdict(Times(steps=taken, processor=processor, exchanges=list(exchanges), machine=machine))
    (folder / f"{rank}.json").write_text(json.dumps(times))


def started(name: str, way: Way, steps: int) -> dict[str, list[Times]]:
    """Train in new processes; return preset → the `Times` of each worker."""
    if way.apart:
        one = replace(way, workers=1, apart=False)
        with ThreadPoolExecutor(way.workers) as pool:
            several = list(pool.map(lambda _: started(name, one, steps), range(way.workers)))
        return {preset: [times for found in several for times in found[preset]] for preset in TIMED}
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        request = {"name": name, "way": asdict(way), "steps": steps, "folder": text}
        (folder / "request.json").write_text(json.dumps(request))
        start = launcher(name, way.workers, folder / "logs") if way.workers > 1 else [sys.executable]
        threads = {"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
        command = [*start, str(Path(__file__).resolve()), "--measure", str(folder / "request.json")]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | threads)
        if done.returncode:
            logs = "".join(path.read_text() for path in (folder / "logs").rglob("*") if path.is_file())
            raise SystemExit(f"{way.label} failed:\n{done.stderr[-3000:]}\n{logs[-3000:]}")
        found = [json.loads((folder / f"{rank}.json").read_text()) for rank in range(way.workers)]
    return {preset: [Times(**one[preset]) for one in found] for preset in TIMED}


def summary(workers: Sequence[Times]) -> dict[str, float]:
    """What a step takes: milliseconds of the clock and of all processors, and what of it the exchanges do."""
    steps = len(workers[0].steps)
    seconds = np.array([[taken for taken, _ in one.exchanges] for one in workers])  # [workers, exchanges]
    last = seconds.min(0).sum() if seconds.size else 0.0
    inside = seconds.sum(1).mean() if seconds.size else 0.0
    mean, processor = statistics.fmean(workers[0].steps), sum(one.processor for one in workers)
    return {
        "others": 100 * max(0.0, workers[0].machine - processor) / mean,
        "wall": 1e3 * statistics.median(workers[0].steps),
        "processor": 1e3 * processor,
        "exchanges": len(workers[0].exchanges) / steps,
        "kilobytes": sum(size for _, size in workers[0].exchanges) / steps / 1e3,
        "inside": 1e3 * inside / steps,
        "waited": 1e3 * (inside - last) / steps,
        "share": 100 * inside / statistics.fmean([sum(one.steps) for one in workers]),
    }


def cost(name: str, count: int, rounds: int, steps: int) -> None:
    """Print the table of the time of a step."""
    ways = [
        Way(label="one process"),
        Way(label=f"one process, 1/{count} of the batch", batch=64 // count),
        Way(label=f"{count} such processes at once, apart", workers=count, batch=64 // count, apart=True),
        Way(label=f"{count} workers, batch norm over the batch", workers=count),
        Way(label=f"{count} workers, each its own batch norm", workers=count, synchronised=False),
    ]
    load = os.getloadavg()[0]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f} before"
    print(f"{name}, {machine}; {rounds} rounds of {steps} steps, float32, width 0.25, batch 64\n")
    found: dict[tuple[str, str], list[dict[str, float]]] = {}
    for number in range(rounds):
        for way in ways:
            for preset, times in started(name, way, steps).items():
                found.setdefault((preset, way.label), []).append(summary(times))
                words = {key: round(value, 1) for key, value in found[preset, way.label][-1].items()}
                print(f"round {number + 1}: {preset}, {way.label}: {words}", file=sys.stderr, flush=True)
    tables(found, ways)


def tables(found: dict[tuple[str, str], list[dict[str, float]]], ways: Sequence[Way]) -> None:
    """Print the table of what was found in each round, by preset and the label of the way."""
    print(
        "| preset | trained by | ms a step | as fast as one process | processor ms "
        "| exchanges | KB | ms in them | waiting | others |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for preset in TIMED:
        one = None
        for way in ways:
            rows = sorted(found[preset, way.label], key=lambda row: row["others"])
            rows = rows[: (len(rows) + 1) // 2]
            middle = {key: statistics.median(row[key] for row in rows) for key in rows[0]}
            one = one or middle["wall"]
            clock = f"{middle['wall']:.1f} | {one / middle['wall']:.2f} | {middle['processor']:.1f}"
            exchanged = (
                f"{middle['exchanges']:.0f} | {middle['kilobytes']:.0f} | {middle['inside']:.1f} "
                f"({middle['share']:.0f}%) | {middle['waited']:.1f}"
                if middle["exchanges"]
                else " | | | "
            )
            print(f"| `{preset}` | {way.label} | {clock} | {exchanged} | {middle['others']:.0f}% |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backend", required="--measure" not in sys.argv)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=list(PRESETS))
    parser.add_argument("--floor", action="store_true")
    parser.add_argument("--cost", action="store_true")
    parser.add_argument("--rounds", type=int, default=5, help="of --cost")
    parser.add_argument("--steps", type=int, default=40, help="of a round of --cost")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)  # one process of --cost
    chosen = parser.parse_args()
    if chosen.measure:
        request = json.loads(chosen.measure.read_text())
        measure(request["name"], Way(**request["way"]), request["steps"], Path(request["folder"]))
    elif chosen.cost:
        cost(chosen.backend, chosen.workers, chosen.rounds, chosen.steps)
    else:
        compare(chosen.backend, chosen.workers, chosen.only, with_floor=chosen.floor)


if __name__ == "__main__":
    main()
