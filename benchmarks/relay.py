"""One run handed from framework to framework, against the same run on one: how far they part.

Run as  python benchmarks/relay.py [PRESET] [--order torch,paddle,keras | --order all] [--steps 30] [--set KEY=VALUE …].
In float64: so many steps on each framework of the order in turn (`gan train`, then `gan resume --backend`), against
all of the steps on each one of them. A process each. Exits with 1 past --tolerance.
"""

import argparse
import itertools
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from gan_core.lockstep.traces import difference
from gan_core.sessions.run import Run

NAMES = ("torch", "paddle", "keras")


def gan(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", "gan_core", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"gan {' '.join(arguments)}: {done.stderr.strip()}")


def relay(preset: str, order: tuple[str, ...], steps: int, settings: list[str], folder: Path) -> Run:
    """Return the run of so many steps on each framework in turn; orders that begin alike share their beginning."""
    out = folder / "-".join(order)
    if out.is_dir():
        return Run(out)
    *before, name = order
    if not before:
        settings = ["--steps", str(steps), "--dtype", "float64", *settings]
        gan("train", preset, "--backend", name, *settings, "--out", str(out))
        return Run(out)
    beginning = relay(preset, tuple(before), steps, settings, folder)
    part = shutil.copytree(beginning.path, folder / "part")
    gan("resume", str(part), "--backend", name, "--steps", str(len(order) * steps))
    return Run(part.rename(out))


def distance(one: Run, other: Run) -> tuple[float, float]:
    """Return the largest difference of a logged scalar, relative to its largest value, and of a state's array."""
    rows, others = one.metrics(), other.metrics()
    assert [row["step"] for row in rows] == [row["step"] for row in others]
    names = [name for name in rows[-1] if "/" in name]
    scalars = max(
        difference(*(np.array([row[name] for row in side if name in row]) for side in (rows, others))) for name in names
    )
    state, beside = one.state(), other.state()
    pairs = [
        (values[name], beside_values[name])
        for kind in ("networks", "optimizers")
        for key, values in getattr(state, kind).items()
        for beside_values in [getattr(beside, kind)[key]]
        for name in values
    ] + [(value, beside.variables[name]) for name, value in state.variables.items()]
    return scalars, max(difference(*pair) for pair in pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("preset", nargs="?", default="mnist-mlp")
    parser.add_argument("--order", default="all")
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--set", dest="changes", action="append", default=[])
    parser.add_argument("--tolerance", type=float, default=1e-9)
    arguments = parser.parse_args()
    orders = list(itertools.permutations(NAMES)) if arguments.order == "all" else [tuple(arguments.order.split(","))]
    settings = [part for change in ["logging.every_steps=1", *arguments.changes] for part in ("--set", change)]
    worst = 0.0
    with tempfile.TemporaryDirectory(prefix="gan-relay-") as name:
        folder = Path(name)
        (folder / "whole").mkdir()
        total = arguments.steps * len(orders[0])
        whole = {
            backend: relay(arguments.preset, (backend,), total, settings, folder / "whole")
            for backend in sorted({backend for order in orders for backend in order})
        }
        for order in orders:
            run = relay(arguments.preset, order, arguments.steps, settings, folder)
            found = {backend: distance(run, whole[backend]) for backend in order}
            worst = max(worst, *(value for pair in found.values() for value in pair))
            shown = "  ".join(f"{backend} {losses:.1e} {arrays:.1e}" for backend, (losses, arrays) in found.items())
            print(f"{arguments.preset} {' → '.join(order)}: losses and state from the run on  {shown}", flush=True)
    print(f"largest difference {worst:.1e} (tolerance {arguments.tolerance:.0e})")
    sys.exit(0 if worst <= arguments.tolerance else 1)


if __name__ == "__main__":
    main()
