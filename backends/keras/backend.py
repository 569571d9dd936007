"""The Keras backend on TensorFlow: a whole step is one compiled function, by XLA where that is faster."""

import os
from collections.abc import Mapping, Sequence

import keras
import numpy as np
import tensorflow as tf
from tensorflow import Tensor

from gan_core.contract.backend import Backend, NativeNetwork, StepFunction
from gan_core.contract.devices import EXACT, arithmetic, device_there, gpu_number
from gan_core.contract.launched import Launched, described
from gan_core.contract.update_rules import DefinedOptimizer
from gan_core.contract.variables import Variables
from gan_core.errors import BackendError
from gan_core.plans.plans import Plan
from gan_core.specs import layers as L
from gan_core.specs.optimizers import Optimizer

from .arithmetic import described_card, rounds_factors, settle
from .foreign_modules import MODULE, input_names, read_module
from .joining import engine, join
from .kept_arrays import KeptArrays
from .kernels import Unit
from .network import Network
from .ops import Operations
from .optimizers import build_optimizer
from .program import KerasLanguage
from .stored_weights import IGNORED, SUFFIXES, stored_weights
from .weight_files import SUFFIX, file_arrays, read_weights, write_script, write_weights


class KerasBackend:
    """See `gan_core.contract.backend.Backend`."""

    name = "keras"
    limits: tuple[str, ...] = ()
    weights_suffix = SUFFIX
    weights_suffixes = SUFFIXES
    weights_ignored = IGNORED
    module_type: type = MODULE
    language = KerasLanguage()

    def __init__(self, dtype: str, device: str, products: str = EXACT, deterministic: bool = False) -> None:
        self.ops, self.deterministic = Operations(dtype, device, products), deterministic
        self.arrays = KeptArrays(self.ops)

    def describe(self) -> dict[str, str]:
        return {
            "backend": self.name,
            "keras": keras.__version__,
            "tensorflow": tf.__version__,
            "device": self.ops.device,
            "dtype": str(self.ops.numpy_dtype),
            "threads": str(_threads()),
            **described_card(self.ops.device),
            **arithmetic(rounds_factors(), self.ops.products, deterministic=self.deterministic),
            **described(self.ops.workers, engine(self.ops.device)),
        }

    def join(self, launched: Launched) -> None:
        join(launched, self.ops.device)

    def to_numpy(self, array: Tensor) -> np.ndarray:
        return array.numpy()

    def to_floats(self, arrays: Sequence[Tensor]) -> list[float]:
        if self.ops.device == "cpu":
            return [float(array.numpy()) for array in arrays]  # nothing to wait for: quicker than to join them
        return tf.stack([tf.cast(array, self.ops.dtype) for array in arrays]).numpy().tolist()

    def build_network(self, plan: Plan, weights: Mapping[str, np.ndarray]) -> Network:
        return Network(plan, weights, self.ops, self.arrays)

    def build_optimizer(self, optimizer: Optimizer, networks: Sequence[NativeNetwork]) -> DefinedOptimizer:
        return build_optimizer(optimizer, networks, self.ops, self.arrays)

    def build_variables(self, initial: Mapping[str, np.ndarray]) -> Variables:
        return Variables(initial, self.ops, self.arrays)

    def compile(self, function: StepFunction, plans: Sequence[Plan]) -> Unit:
        convolves = any(isinstance(node.layer, L.Conv | L.ConvTranspose) for plan in plans for node in plan.nodes)
        # XLA wins on dense layers and loses on large convolutions on the CPU
        xla = self.ops.device != "cpu" or not convolves
        return Unit(function, self.ops, xla=xla and not self.ops.workers.several)  # which XLA has no exchanges for

    export_weights = staticmethod(write_weights)
    import_weights = staticmethod(read_weights)
    stored_weights = staticmethod(stored_weights)
    file_arrays = staticmethod(file_arrays)
    export_script = staticmethod(write_script)
    input_names = staticmethod(input_names)
    read_module = staticmethod(read_module)


def create(dtype: str, device: str, products: str = EXACT, deterministic: bool = False) -> Backend:
    """The backend, opened. Raises `BackendError` where the device cannot be had."""
    gpus = tf.config.list_physical_devices("GPU")
    device = device_there("tensorflow", device, len(gpus), for_gpus=tf.test.is_built_with_gpu_support())
    number = gpu_number(device)
    try:
        # else it takes every GPU it sees
        tf.config.set_visible_devices([] if number is None else [gpus[number]], "GPU")
    except RuntimeError:
        raise BackendError(
            f"tensorflow runs in this process already, and not on '{device}': start another process for that"
        ) from None
    settle(products == "tf32" and device != "cpu", deterministic)
    _settle(gpus)
    return KerasBackend(dtype, device, products, deterministic)


def _settle(gpus: Sequence[tf.config.PhysicalDevice]) -> None:
    """Set what TensorFlow has once for a process: its warnings, and how it takes a GPU's memory."""
    tf.get_logger().setLevel("ERROR")  # it warns of every compilation after the fifth, which new batch sizes cause
    for gpu in gpus:
        try:
            tf.config.experimental.set_memory_growth(gpu, True)
        except RuntimeError:
            break  # already in use: whoever began decided


def _threads() -> int:
    """The threads of one operation: as the process has set them, else as the environment does, else the cores'."""
    set_here = tf.config.threading.get_intra_op_parallelism_threads()
    return set_here or int(os.environ.get("TF_NUM_INTRAOP_THREADS") or 0) or os.cpu_count() or 1
