"""Time of each layer, forward and backward in float32, against the quickest way by hand in one framework.

Both are interleaved round by round in one process, so that they share the machine's moods; printed are the medians of
milliseconds and the median of the ratios. Layers are called as networks call them, in the order of axes that the
framework's networks keep. glibc keeps freed memory, since mapping and zeroing 4 MB anew takes ten times as long as
most layers, and falls to either side by chance. Run as
  python benchmarks/layer_time.py --backend torch [--layers conv,attention] [--rounds 31].
"""

import argparse
import importlib
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))


def ours(backend, layer, shapes, native) -> tuple[Callable, list, dict]:
    """The library's layer as a function of arrays, the arrays and its weights, all as the framework keeps them."""
    from gan_core.contract.backend import Call
    from gan_core.plans.plans import plan_network
    from gan_core.specs.networks import Input, Network

    inputs = {f"x{number}": Input(kind="data", shape=shape) for number, shape in enumerate(shapes)}
    plan = plan_network("net", Network(inputs=inputs, layers=(layer,)))
    numbers = np.random.default_rng(0)
    values = {name: numbers.normal(0, 0.1, weight.shape) for name, weight in plan.weights.items()}
    network = backend.build_network(plan, values)
    call = Call(training=True, weights=None, random=None)
    node = plan.nodes[0]
    arrays = [
        native.array(numbers.normal(0, 1, (COUNT, *shape)).astype(np.float32))
        for shape in (*shapes, node.plan.output_shape)
    ]
    weights = {name.partition(".")[2]: weight for name, weight in network.weights().items()}
    return lambda *given: network.layers[node.name](*given, call=call), arrays, weights


def measure(name: str, arguments: argparse.Namespace, backend, native) -> None:
    layer, shapes = CASES[name]
    function, (*inputs, slope), weights = ours(backend, layer, shapes, native)
    slope = slope.detach() if hasattr(slope, "detach") else slope
    steps = {"gan_core": native.differentiated(function, inputs, weights, slope)}
    for key, by_hand in native.BY_HAND.items():
        if key.partition(",")[0] == name:
            steps[key] = native.differentiated(_shaped(by_hand, weights, slope), inputs, weights, slope)
    for step in steps.values():
        for _ in range(arguments.warm_up):
            step()
    times: dict[str, list[float]] = {key: [] for key in steps}
    for _ in range(arguments.rounds):
        for key, step in steps.items():
            start = time.perf_counter()
            for _ in range(arguments.steps):
                step()
            times[key].append(1e3 * (time.perf_counter() - start) / arguments.steps)
    own = times.pop("gan_core")
    rivals = [
        f"{key.partition(', ')[2] or 'by hand'} {statistics.median(values):7.2f}, ratio "
        f"{statistics.median([a / b for a, b in zip(own, values, strict=True)]):.2f}"
        for key, values in times.items()
    ]
    print(f"{arguments.backend:>7}  {name:<24} {statistics.median(own):7.2f} ms; {'; '.join(rivals) or 'none by hand'}")


def _shaped(by_hand: Callable, weights: dict, slope) -> Callable:
    """A function by hand, whose output need not have the slope's shape as long as it has as many values."""

    def function(*inputs):
        y = by_hand(*inputs, weights)
        if tuple(y.shape) == tuple(slope.shape):
            return y
        return RESHAPE(y, tuple(slope.shape))

    return function


def reshape_of(backend: str) -> Callable:
    if backend == "keras":
        import tensorflow as tf

        return tf.reshape
    return lambda y, shape: y.reshape(shape)


KEEP_FREED = {"MALLOC_MMAP_THRESHOLD_": 2**25, "MALLOC_TRIM_THRESHOLD_": 2**32, "MALLOC_TOP_PAD_": 2**28}

if __name__ == "__main__":
    if "MALLOC_TOP_PAD_" not in os.environ:  # glibc reads them when a process starts
        settings = {name: str(value) for name, value in KEEP_FREED.items()}
        sys.exit(subprocess.run([sys.executable, *sys.argv], env={**os.environ, **settings}, check=False).returncode)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backend", required=True)
    parser.add_argument("--layers", help="names of layers, with commas between")
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--steps", type=int, default=2, help="of each round")
    parser.add_argument("--warm-up", type=int, default=5, help="steps before the first round")
    chosen = parser.parse_args()
    from gan_core import load_backend

    BACKEND = load_backend(chosen.backend, "float32", "cpu")
    from handwritten.layer_cases import CASES, COUNT

    RESHAPE = reshape_of(chosen.backend)
    for case in chosen.layers.split(",") if chosen.layers else CASES:
        measure(case, chosen, BACKEND, importlib.import_module(f"handwritten.{chosen.backend}_layers"))
