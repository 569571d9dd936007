"""An ONNX model held against the networks that it was written from, on the same inputs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gan_core import randomness
from gan_core.contract.backend import Backend, Call
from gan_core.contract.devices import EXACT
from gan_core.contract.loading import load_backend
from gan_core.errors import UsageError, one_line
from gan_core.plans.plans import Plan
from gan_core.sharing.onnx_models import require
from gan_core.sharing.onnx_networks import Values

COUNTS = (1, 3)  # samples, that the axis of the batch is seen to be free
LARGEST_DIFFERENCE = 1e-3  # of float32 and a sound file; of a wrong one it is some tenths


def random_inputs(plan: Plan, count: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Return inputs of a network by name: latents and labels as they are drawn, data uniform in −1 … 1, in float32."""
    inputs = {}
    for name, spec in plan.inputs.items():
        generator = randomness.stream(seed, f"onnx {count}/{name}")
        if spec.kind == "label":
            inputs[name] = randomness.labels(generator, spec.classes or 1, count)
        elif spec.kind == "latent":
            inputs[name] = randomness.latents(generator, spec, count).astype(np.float32)
        else:
            inputs[name] = generator.uniform(-1, 1, (count, *spec.shape)).astype(np.float32)
    return inputs


def run_model(model: Any, inputs: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """Return the outputs of a model by onnxruntime, on one thread. Raises `UsageError` where it cannot be run."""
    require("onnxruntime", "the check of an ONNX file")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 4, 1
    raw = model if isinstance(model, bytes) else model.SerializeToString()
    try:
        session = onnxruntime.InferenceSession(raw, options, providers=["CPUExecutionProvider"])
        read = {one.name for one in session.get_inputs()}
        found = session.run(None, {name: value for name, value in inputs.items() if name in read})
    except Exception as error:  # onnxruntime raises kinds of its own, which differ between versions
        raise UsageError(f"onnxruntime cannot run the model: {one_line(error, 300)}") from error
    return [np.asarray(one) for one in found]


def native_outputs(
    backend: Backend, plans: Sequence[Plan], values: Mapping[str, Values], inputs: Mapping[str, np.ndarray]
) -> list[np.ndarray]:
    """Return the outputs of a network, and of those that read on from it, in evaluation mode on a framework."""
    call = Call(training=False, weights=None, random=None)
    given: dict[str, Any] = {name: backend.ops.constant(value) for name, value in inputs.items()}
    made: dict[str, Any] = {}
    for number, plan in enumerate(plans, 1):
        made = backend.build_network(plan, values[plan.name]).outputs(given, call)
        if number < len(plans):
            given = {next(iter(plans[number].inputs)): made[plan.output]}
    return [np.array(backend.to_numpy(array)) for array in made.values()]


def largest_difference(
    model: Any, backend: str, plans: Sequence[Plan], values: Mapping[str, Values], dtype: str = "float32"
) -> float:
    """Return how far a model's outputs are from a framework's, as a share of the largest number in each output.

    backend: the framework's name. dtype: that the framework computes in. Raises `BackendError`, and `UsageError` where
    the model does not run or gives other shapes.
    """
    native = load_backend(backend, dtype, products=EXACT)
    return max(
        difference
        for count in COUNTS
        for difference in _differences(
            run_model(model, random_inputs(plans[0], count)),
            native_outputs(native, plans, values, random_inputs(plans[0], count)),
        )
    )


def _differences(found: Sequence[np.ndarray], wanted: Sequence[np.ndarray]) -> Iterator[float]:
    for one, other in zip(found, wanted, strict=True):
        if one.shape != other.shape:
            raise UsageError(f"the model gives {list(one.shape)} where the network gives {list(other.shape)}")
        if not np.isfinite(one).all():
            yield float("inf")
            continue
        yield float(np.abs(one.astype(np.float64) - other).max() / max(float(np.abs(other).max()), 1e-30))
