"""Time of a step of the real trainer against the best and the tutorial-style loop by hand, in one framework.

The three are interleaved round by round in one process, so that they share the machine's moods; printed are medians
over rounds and the median of the ratios. Further: the share of a step spent in gan_core, and peak memory of each in a
process of its own. Run as  python benchmarks/step_time.py --backend torch [--memory] [--start].
"""

import argparse
import importlib
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))


def library(images_from: Path | None) -> tuple[Callable[[], None], Callable[[], float], object]:
    """The real trainer on the real data: its step, and the seconds it spent in the backend so far."""
    from gan_core import load_backend, preset
    from gan_core.trainer import Trainer

    experiment = preset("mnist-mlp")
    dataset = experiment.data.load(images_from)
    backend = load_backend(BACKEND, "float32", "cpu")
    inside = 0.0
    compile_unit = backend.compile

    def timed(function):
        def run(given):
            nonlocal inside
            start = time.perf_counter()
            result = function(given)
            inside += time.perf_counter() - start
            return result

        return run

    class Timed:
        def __init__(self, unit) -> None:
            self.prepare, self.run = timed(unit.prepare), timed(unit.run)

    backend.compile = lambda function, plans: Timed(compile_unit(function, plans))
    trainer = Trainer(experiment, backend, dataset)
    return trainer.run_step, lambda: inside, dataset


def measure_time(arguments: argparse.Namespace) -> None:
    run, inside, dataset = library(arguments.data_dir)
    by_hand = importlib.import_module(f"handwritten.{BACKEND}_mlp")
    images = dataset.samples.reshape(len(dataset), 784)
    steps = {"gan_core": run, "best by hand": by_hand.best(images), "tutorial": by_hand.tutorial(images)}
    for step in steps.values():
        for _ in range(20):
            step()
    times: dict[str, list[float]] = {name: [] for name in steps}
    shares = []
    for _ in range(arguments.rounds):
        for name, step in steps.items():
            before, start = inside(), time.perf_counter()
            for _ in range(arguments.steps):
                step()
            seconds = time.perf_counter() - start
            times[name].append(1e3 * seconds / arguments.steps)
            if name == "gan_core":
                shares.append(1 - (inside() - before) / seconds)
    for name, values in times.items():
        ratios = [ours / theirs for ours, theirs in zip(times["gan_core"], values, strict=True)]
        print(
            f"{BACKEND:>7}  {name:<13} {statistics.median(values):7.2f} ms a step (fastest round {min(values):.2f})"
            f"   gan_core takes {statistics.median(ratios):.3f} of it"
        )
    print(f"{BACKEND:>7}  share of a step in gan_core: {100 * statistics.median(shares):.1f}%")


def measure_memory(arguments: argparse.Namespace) -> None:
    peaks = {}
    for who in ("library", "best"):
        command = [sys.executable, __file__, "--backend", BACKEND, "--peak-of", who]
        if arguments.data_dir:
            command += ["--data-dir", str(arguments.data_dir)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        peaks[who] = json.loads(done.stdout.splitlines()[-1])
    ours, theirs = peaks["library"], peaks["best"]
    print(f"{BACKEND:>7}  peak memory: gan_core {ours:.0f} MB, best by hand {theirs:.0f} MB ({ours / theirs:.2f})")


def print_peak(arguments: argparse.Namespace) -> None:
    """In a process of its own: 200 steps, then the peak resident memory in MB."""
    if arguments.peak_of == "library":
        step, _, _ = library(arguments.data_dir)
    else:
        from gan_core.data.idx import Mnist

        images = Mnist().load(arguments.data_dir).samples.reshape(-1, 784)
        step = importlib.import_module(f"handwritten.{BACKEND}_mlp").best(images)
    for _ in range(200):
        step()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def measure_start(arguments: argparse.Namespace) -> None:
    """Seconds until the first step ends, beyond the framework's import; the first step (compiling) apart."""
    module = {"keras": "keras"}.get(BACKEND, BACKEND)
    begin = time.perf_counter()
    importlib.import_module(f"gan_backends.{module}")
    imported = time.perf_counter()
    step, _, _ = library(arguments.data_dir)
    built = time.perf_counter()
    step()
    first = time.perf_counter()
    print(
        f"{BACKEND:>7}  start: framework's import {imported - begin:.2f} s, then {built - imported:.2f} s to build, "
        f"first step {first - built:.2f} s"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backend", required=True)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--start", action="store_true")
    parser.add_argument("--peak-of", choices=["library", "best"])
    chosen = parser.parse_args()
    BACKEND = chosen.backend
    if chosen.peak_of:
        print_peak(chosen)
    elif chosen.memory:
        measure_memory(chosen)
    elif chosen.start:
        measure_start(chosen)
    else:
        measure_time(chosen)
