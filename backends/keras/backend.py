"""The Keras backend on TensorFlow: a whole step is one compiled function, by XLA where that is faster."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from tensorflow import Tensor

from gan_core.contract.backend import Inputs, StepFunction
from gan_core.contract.devices import arithmetic, device_there, gpu_number, tf32_is_chosen
from gan_core.contract.patience import told_if_slow
from gan_core.contract.weight_matching import Slot
from gan_core.errors import BackendError
from gan_core.files.file_parts import FilePart
from gan_core.files.stored_arrays import Table
from gan_core.plans.plans import Plan
from gan_core.specs import layers as L
from gan_core.specs.optimizers import Optimizer

from .network import Network
from .ops import Operations
from .optimizers import DefinedOptimizer, build_optimizer
from .stored_weights import IGNORED, SUFFIXES, stored_weights
from .variables import Variables
from .weight_files import SUFFIX, read_weights, weight_slots, write_script, write_weights


class KerasBackend:
    """See `gan_core.contract.backend.Backend`."""

    name = "keras"
    limits: tuple[str, ...] = ()
    weights_suffix = SUFFIX
    weights_suffixes = SUFFIXES
    weights_ignored = IGNORED

    def __init__(self, dtype: str, device: str) -> None:
        self.ops = Operations(dtype, device)

    def describe(self) -> dict[str, str]:
        return {
            "backend": self.name,
            "keras": keras.__version__,
            "tensorflow": tf.__version__,
            "device": self.ops.device,
            "dtype": str(self.ops.numpy_dtype),
            "threads": str(tf.config.threading.get_intra_op_parallelism_threads() or os.cpu_count()),
            **arithmetic(_rounds_factors()),
        }

    def to_numpy(self, array: Tensor) -> np.ndarray:
        return array.numpy()

    def build_network(self, plan: Plan, weights: Mapping[str, np.ndarray]) -> Network:
        return Network(plan, weights, self.ops)

    def build_optimizer(self, optimizer: Optimizer, networks: Sequence[Network]) -> DefinedOptimizer:
        return build_optimizer(optimizer, networks, self.ops)

    def build_variables(self, initial: Mapping[str, np.ndarray]) -> Variables:
        return Variables(initial, self.ops)

    def compile(self, function: StepFunction, plans: Sequence[Plan]) -> "Unit":
        convolves = any(isinstance(node.layer, L.Conv | L.ConvTranspose) for plan in plans for node in plan.nodes)
        # XLA wins on dense layers and loses on large convolutions on the CPU
        return Unit(function, self.ops, xla=self.ops.device != "cpu" or not convolves)

    def export_weights(self, plan: Plan, values: Mapping[str, np.ndarray], path: Path) -> None:
        write_weights(plan, values, path)

    def import_weights(self, plan: Plan, path: Path) -> dict[str, np.ndarray]:
        return read_weights(plan, path)

    def stored_weights(self, part: FilePart) -> Table:
        return stored_weights(part)

    def weight_slots(self, plan: Plan) -> list[Slot]:
        return weight_slots(plan)

    def export_script(self, plan: Plan, weights: Path, path: Path) -> None:
        write_script(plan, weights, path)


_Prepared = tuple[tuple[tuple[str, tuple[int, ...]], ...], tuple[str, ...], list[Tensor]]


class Unit:
    """See `gan_core.contract.backend.CompiledUnit`.

    Floats travel as one vector: a Python number would be part of the program, which would be compiled anew for each.
    Programs are kept here by the shapes of what they read, since `tf.function` takes longer to find the right one
    (1.4 ms) than a small network's step takes to run.
    """

    def __init__(self, function: StepFunction, ops: Operations, xla: bool) -> None:
        self.function, self.ops, self.xla = function, ops, xla
        self.programs: dict[tuple, Callable[..., dict[str, Tensor]]] = {}

    def prepare(self, inputs: Inputs) -> _Prepared:
        floats = {k: v for k, v in inputs.items() if isinstance(v, float)}
        arrays = {k: v for k, v in inputs.items() if k not in floats}
        shapes = tuple((name, np.shape(value)) for name, value in arrays.items())
        vector = np.array(list(floats.values()))
        return shapes, tuple(floats), [self.ops.constant(value) for value in (*arrays.values(), vector)]

    def run(self, prepared: _Prepared) -> dict[str, Tensor]:
        shapes, floats, tensors = prepared
        program = self.programs.get((shapes, floats))
        if program is not None:
            return program(*tensors)
        name = getattr(self.function, "__name__", "a function")
        with told_if_slow(f"tensorflow is still compiling {name}; that is done once for each size of batch"):
            program = self._program([name for name, _ in shapes], floats, tensors)
            result = program(*tensors)  # XLA compiles at the first call
        self.programs[shapes, floats] = program
        return result

    def _program(self, arrays: Sequence[str], floats: Sequence[str], tensors: Sequence[Tensor]) -> Callable:
        """Compile the function for tensors of these shapes: the arrays, then the vector of floats."""

        @tf.function(autograph=False, jit_compile=self.xla)
        def compiled(*given: Tensor) -> dict[str, Tensor]:
            numbers = {name: given[-1][index] for index, name in enumerate(floats)}
            return self.function(dict(zip(arrays, given, strict=False)) | numbers)

        return compiled.get_concrete_function(*tensors)

    def __call__(self, inputs: Inputs) -> dict[str, Tensor]:
        return self.run(self.prepare(inputs))


def create(dtype: str, device: str) -> KerasBackend:
    """Return the backend. Raises `BackendError` where the device cannot be had."""
    gpus = tf.config.list_physical_devices("GPU")
    device = device_there("tensorflow", device, len(gpus))
    number = gpu_number(device)
    try:
        # else it takes every GPU it sees
        tf.config.set_visible_devices([] if number is None else [gpus[number]], "GPU")
    except RuntimeError:
        raise BackendError(
            f"tensorflow runs in this process already, and not on '{device}': start another process for that"
        ) from None
    _settle(dtype, gpus, tf32_is_chosen())
    return KerasBackend(dtype, device)


def _settle(dtype: str, gpus: Sequence[tf.config.PhysicalDevice], tf32: bool) -> None:
    keras.config.set_floatx(dtype)
    tf.config.experimental.enable_tensor_float_32_execution(tf32)  # products and convolutions alike
    tf.get_logger().setLevel("ERROR")  # it warns of every compilation after the fifth, which new batch sizes cause
    for gpu in gpus:
        try:
            tf.config.experimental.set_memory_growth(gpu, True)
        except RuntimeError:
            break  # already in use: whoever began decided


def _rounds_factors() -> bool:
    """Whether any float32 product may be less than float32, by TensorFlow's own answer."""
    return bool(tf.config.experimental.tensor_float_32_execution_enabled())
