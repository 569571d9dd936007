"""What a checkpoint costs a training: how long the loop is held up, and the share of a run.

Run as  python benchmarks/checkpoint_cost.py --backend NAME [--preset mnist-mlp] [--every 500] [--rounds 8]. The trainer
runs with the real callbacks into a temporary directory. Blocked is the time of the callback that is told of a
checkpoint (fetching the state from the device, and handing it to the thread), and the processor time in it, which
another process's load does not change; beside it, what the thread needs, and how much longer the steps take while it
works, which is the rest of the price.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from gan_core.contract.loading import load_backend
from gan_core.experiments.files import with_changes
from gan_core.presets import preset
from gan_core.runs.callbacks import RunFiles
from gan_core.runs.directory import RunDirectory
from gan_core.training.events import CheckpointDue, RunStarted
from gan_core.training.trainer import Trainer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backend", default="torch")
    parser.add_argument("--preset", default="mnist-mlp")
    parser.add_argument("--every", type=int, default=500, help="steps between checkpoints, for the share")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--steps", type=int, default=40, help="steps timed with, and without, a checkpoint at work")
    arguments = parser.parse_args()
    experiment = with_changes(preset(arguments.preset), {"training.steps": 1000000})
    dataset = experiment.data.load(None)
    trainer = Trainer(experiment, load_backend(arguments.backend), dataset)
    with tempfile.TemporaryDirectory(prefix="gan-cost-") as name:
        directory = RunDirectory.create(Path(name) / "run")
        files = RunFiles(directory, experiment, dataset, "")
        files(RunStarted(experiment=experiment, dataset=dataset, environment={}, first_step=0))
        measure(trainer, files, arguments)
        files.close()


def measure(trainer: Trainer, files: RunFiles, arguments: argparse.Namespace) -> None:
    walk(trainer, 20)
    blocked, processor, written, plain, burdened = [], [], [], [], []
    for _ in range(arguments.rounds):
        plain.append(walk(trainer, arguments.steps))
        start, own = time.perf_counter(), time.thread_time()
        files(CheckpointDue(step=trainer.step, read=trainer.state))
        blocked.append(time.perf_counter() - start)
        processor.append(time.thread_time() - own)
        burdened.append(walk(trainer, arguments.steps))
        files.writer.wait()
        start = time.perf_counter()
        files(CheckpointDue(step=trainer.step, read=trainer.state))
        files.writer.wait()
        written.append(time.perf_counter() - start)
    step = statistics.median(plain) / arguments.steps
    slowed = statistics.median(b - p for b, p in zip(burdened, plain, strict=True))
    held = statistics.median(blocked)
    size = sum(file.stat().st_size for file in files.directory.checkpoints.paths()[-1].iterdir())
    print(f"{arguments.preset} on {arguments.backend}: a step {1e3 * step:.1f} ms, a checkpoint of {size / 1e6:.1f} MB")
    print(f"  blocked {1e3 * held:.1f} ms (median of {arguments.rounds}; largest {1e3 * max(blocked):.1f}), ", end="")
    print(f"processor time {1e3 * statistics.median(processor):.1f} ms")
    print(
        f"  on the disk after {1e3 * statistics.median(written):.0f} ms; steps meanwhile {1e3 * slowed:.0f} ms longer"
    )
    share = held / (arguments.every * step)
    print(f"  every {arguments.every} steps: {100 * share:.2f}% of the run blocked, ", end="")
    print(f"{100 * (held + max(slowed, 0)) / (arguments.every * step):.2f}% with the steps it slows")


def walk(trainer: Trainer, steps: int) -> float:
    """Return the seconds that some steps take, to their last number."""
    start = time.perf_counter()
    for _ in range(steps):
        scalars = trainer.run_step()
    for value in scalars.values():
        trainer.backend.to_numpy(value)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
