"""A training that begins in one framework and ends in another: `… continue_in_another_backend.py torch keras`.

Two frameworks in one process can crash each other, so each half has a process of its own.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import gan_core

if __name__ == "__main__":
    first, second = sys.argv[1:] or ("torch", "keras")
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as processes:
        run = processes.submit(gan_core.train, "digits-mlp", first, steps=100).result()
        run = processes.submit(gan_core.resume, run.path, second, steps=200).result()
    print(run.path, run.backend, run.metrics()[-1])
