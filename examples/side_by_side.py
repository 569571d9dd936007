"""The same line in three frameworks: `python examples/side_by_side.py torch paddle keras`.

Two frameworks in one process can crash each other, so each has a process of its own.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import gan_core


def last_line(backend):
    """Train in float64, and return the last line of metrics."""
    return gan_core.train("digits-mlp", backend, dtype="float64", steps=20, progress=False).metrics()[-1]


if __name__ == "__main__":
    backends = sys.argv[1:] or ("torch", "paddle", "keras")
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as processes:
        for backend, line in zip(backends, processes.map(last_line, backends), strict=True):
            print(f"{backend:8}", line["discriminator/loss"], line["generator/loss"])
