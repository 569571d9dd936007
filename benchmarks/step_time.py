"""Time of a step of the real trainer against the best loop by hand (and a tutorial's, for mnist-mlp), in one framework.

They are interleaved round by round in one process, so that they share the machine's moods; printed are medians over
rounds and the median of the ratios. Further: the share of a step spent in gan_core, and peak memory of each in a
process of its own. Run as
  python benchmarks/step_time.py --backend torch [--preset mnist-dcgan --width 0.25] [--memory] [--start].
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

BY_HAND = {
    "mnist-mlp": "mlp",
    "mnist-dcgan": "dcgan",
    "frog-dcgan": "frog",
    "mnist-cond-wgan-gp": "cond_wgan_gp",
}


def experiment_of(arguments: argparse.Namespace):
    from gan_core import preset

    return preset(arguments.preset, **({} if arguments.width == 1 else {"width": arguments.width}))


def loops_by_hand(arguments: argparse.Namespace, dataset) -> dict[str, Callable[[], None]]:
    module = importlib.import_module(f"handwritten.{BACKEND}_{BY_HAND[arguments.preset]}")
    makers = {"best by hand": module.best}
    if hasattr(module, "tutorial"):
        makers["tutorial"] = module.tutorial
    return {name: make(dataset.samples, dataset.labels, arguments.width) for name, make in makers.items()}


def library(arguments: argparse.Namespace) -> tuple[Callable[[], None], Callable[[], float], object]:
    """The real trainer on the real data: its step, and the seconds it spent in the backend so far."""
    from gan_core import load_backend
    from gan_core.training.trainer import Trainer

    experiment = experiment_of(arguments)
    dataset = experiment.data.load(arguments.data_dir)
    backend = load_backend(BACKEND, "float32", "cpu")
    inside = 0.0
    compile_unit = backend.compile

    def timed(function):
        def run(given):
            nonlocal inside
            start = CLOCK()
            result = function(given)
            inside += CLOCK() - start
            return result

        return run

    class Timed:
        def __init__(self, unit) -> None:
            self.prepare, self.run = timed(unit.prepare), timed(unit.run)

    backend.compile = lambda function, plans: Timed(compile_unit(function, plans))
    trainer = Trainer(experiment, backend, dataset)
    return trainer.run_step, lambda: inside, dataset


def measure_time(arguments: argparse.Namespace) -> None:
    run, inside, dataset = library(arguments)
    steps = {"gan_core": run, **loops_by_hand(arguments, dataset)}
    for step in steps.values():
        for _ in range(arguments.warm_up):
            step()
    times: dict[str, list[float]] = {name: [] for name in steps}
    shares = []
    for _ in range(arguments.rounds):
        for name, step in steps.items():
            before, start = inside(), CLOCK()
            for _ in range(arguments.steps):
                step()
            seconds = CLOCK() - start
            times[name].append(1e3 * seconds / arguments.steps)
            if name == "gan_core":
                shares.append(1 - (inside() - before) / seconds)
    print(f"{arguments.preset}, width {arguments.width:g}, {arguments.rounds} rounds of {arguments.steps} steps")
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
        command = [sys.executable, __file__, *sys.argv[1:], "--peak-of", who]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        peaks[who] = json.loads(done.stdout.splitlines()[-1])
    ours, theirs = peaks["library"], peaks["best"]
    print(f"{BACKEND:>7}  peak memory: gan_core {ours:.0f} MB, best by hand {theirs:.0f} MB ({ours / theirs:.2f})")


def print_peak(arguments: argparse.Namespace) -> None:
    """In a process of its own: some steps, then the peak resident memory in MB."""
    if arguments.peak_of == "library":
        step, _, _ = library(arguments)
    else:
        importlib.import_module(f"gan_backends.{BACKEND}")  # for the settings that it makes for the process
        step = loops_by_hand(arguments, experiment_of(arguments).data.load(arguments.data_dir))["best by hand"]
    for _ in range(arguments.steps * 5):
        step()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def measure_start(arguments: argparse.Namespace) -> None:
    """Seconds until the first step ends, beyond the framework's import; the first step (compiling) apart."""
    module = {"keras": "keras"}.get(BACKEND, BACKEND)
    begin = time.perf_counter()
    importlib.import_module(f"gan_backends.{module}")
    imported = time.perf_counter()
    step, _, _ = library(arguments)
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
    parser.add_argument("--preset", choices=BY_HAND, default="mnist-mlp")
    parser.add_argument("--width", type=float, default=1.0)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--steps", type=int, default=30, help="of each round; a multiple of 5 for mnist-cond-wgan-gp")
    parser.add_argument("--warm-up", type=int, default=20, help="steps before the first round")
    parser.add_argument(
        "--clock",
        choices=["wall", "processor"],
        default="wall",
        help="processor: the time that all threads took together, where other work shares the machine",
    )
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--start", action="store_true")
    parser.add_argument("--peak-of", choices=["library", "best"])
    chosen = parser.parse_args()
    BACKEND = chosen.backend
    CLOCK = time.process_time if chosen.clock == "processor" else time.perf_counter
    if chosen.peak_of:
        print_peak(chosen)
    elif chosen.memory:
        measure_memory(chosen)
    elif chosen.start:
        measure_start(chosen)
    else:
        measure_time(chosen)
