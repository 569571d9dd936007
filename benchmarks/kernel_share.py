"""Where a step's time goes on PyTorch: the share of its matrix products and convolutions, and how fast these are.

    OMP_NUM_THREADS=1 python benchmarks/kernel_share.py [--preset frog-dcgan --width 0.25] [--steps 4]

Printed are milliseconds of processor time a step, the share spent in products, the rate of the whole step (products are
counted by `gan show`) and that of products alone, beside what the same threads reach on one large product of matrices
and one large convolution: what a step could take at best on this machine, whoever wrote it.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch.profiler import ProfilerActivity, profile

from gan_core import load_backend, preset
from gan_core.experiments.cost import step_multiply_adds
from gan_core.experiments.files import with_changes
from gan_core.training.trainer import Trainer

PRODUCTS = ("convolution", "mm", "bmm", "conv_depthwise")
REPEATS = 10


def rate_of(work: Callable[[], object], multiply_adds: float) -> float:
    """GFLOP a second, the best of some repeats."""
    work()
    best = float("inf")
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return 2e-9 * multiply_adds / best


def best_rates() -> dict[str, float]:
    matrix = torch.randn(1024, 1024)
    images, weight = torch.randn(64, 128, 32, 32), torch.randn(128, 128, 3, 3)
    return {
        "matrix product": rate_of(lambda: matrix @ matrix, 1024**3),
        "convolution": rate_of(
            lambda: torch.nn.functional.conv2d(images, weight, padding=1), 64 * 128 * 128 * 9 * 32**2
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="mnist-dcgan")
    parser.add_argument("--width", type=float)
    parser.add_argument("--batch-size", type=int)
    parser.add_argument("--folder", default="", help="of images, for presets that need one")
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--data-dir", type=Path)
    arguments = parser.parse_args()

    given = {"width": arguments.width, "folder": arguments.folder}
    experiment = preset(arguments.preset, **{key: value for key, value in given.items() if value})
    if arguments.batch_size:
        experiment = with_changes(experiment, {"training.batch_size": arguments.batch_size})
    trainer = Trainer(experiment, load_backend("torch", "float32", "cpu"), experiment.data.load(arguments.data_dir))
    for _ in range(2):
        trainer.run_step()
    start = time.process_time()
    with profile(activities=[ProfilerActivity.CPU]) as profiled:
        for _ in range(arguments.steps):
            trainer.run_step()
    seconds = (time.process_time() - start) / arguments.steps
    events = profiled.key_averages()
    whole = sum(event.self_cpu_time_total for event in events)
    products = sum(event.self_cpu_time_total for event in events if _is_product(event.key))
    rate = 2e-9 * step_multiply_adds(experiment) / seconds
    best = ", ".join(f"{name} {value:.0f}" for name, value in best_rates().items())
    print(
        f"{arguments.preset}: {1e3 * seconds:.1f} ms a step, {100 * products / whole:.0f}% of it products; "
        f"{rate:.0f} GFLOP/s, products alone {rate * whole / products:.0f}; best here: {best}"
    )


def _is_product(key: str) -> bool:
    """Whether an event is a kernel of products, and not a piece of autograd around one."""
    name = key.removeprefix("aten::")
    return key.startswith("aten::") and any(word in name for word in PRODUCTS)


if __name__ == "__main__":
    main()
