"""Print time and peak memory of the costly metrics on features of the size of Inception's.

    python benchmarks/metrics_cost.py [--samples 10000] [--dimensions 2048]

Each runs in a process of its own, so that its peak is its own; the two sets of features are part of it. The first time
is wall-clock, on all cores; where other work runs beside it, the processor time says what a quiet machine would do.
"""

import argparse
import json
import resource
import subprocess
import sys
import time

import numpy as np

from gan_core import metrics

METRICS = {
    "frechet": metrics.frechet_distance,
    "frechet of moments": lambda real, generated: metrics.frechet_distance_of_moments(
        real.mean(axis=0), np.cov(real.T), generated.mean(axis=0), np.cov(generated.T)
    ),
    "frechet extrapolated": metrics.frechet_extrapolated,
    "kernel": metrics.kernel_distance,
    "precision, recall": metrics.precision_recall,
    "density, coverage": metrics.density_coverage,
    "all four": metrics.neighbour_scores,
    "pairwise distance": lambda _, generated: metrics.mean_pairwise_distance(generated),
    "two-sample": metrics.two_sample_test,
}


def measure(name: str, samples: int, dimensions: int) -> dict[str, float]:
    generator = np.random.default_rng(0)
    real = generator.standard_normal((samples, dimensions))
    generated = generator.standard_normal((samples, dimensions)) + 0.1
    start, start_of_work = time.perf_counter(), time.process_time()
    METRICS[name](real, generated)
    seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "cpu_seconds": time.process_time() - start_of_work,
        "peak_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--dimensions", type=int, default=2048)
    parser.add_argument("--only", choices=METRICS)
    given = parser.parse_args()
    if given.only:
        print(json.dumps(measure(given.only, given.samples, given.dimensions)))
        return
    print(f"two sets of {given.samples:,} × {given.dimensions:,}, float64")
    for name in METRICS:
        size = ["--samples", str(given.samples), "--dimensions", str(given.dimensions)]
        command = [sys.executable, __file__, "--only", name, *size]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        row = json.loads(done.stdout)
        times = f"{row['seconds']:7.1f} s, {row['cpu_seconds']:7.1f} s of processor"
        print(f"{name:20} {times}   {row['peak_gib']:.2f} GiB", flush=True)


if __name__ == "__main__":
    main()
