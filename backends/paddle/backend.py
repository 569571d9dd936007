"""The PaddlePaddle backend: eager (`paddle.jit.to_static` of a step took half as long again when measured)."""

import contextlib
import os
from collections.abc import Mapping, Sequence

import numpy as np
import paddle
from paddle import Tensor
from paddle.base import core

from gan_core.contract.backend import Backend, NativeNetwork, StepFunction
from gan_core.contract.devices import arithmetic, device_there, tf32_is_chosen
from gan_core.contract.eager_unit import EagerUnit
from gan_core.contract.update_rules import DefinedOptimizer
from gan_core.contract.variables import Variables
from gan_core.errors import BackendError, one_line
from gan_core.plans.plans import Plan
from gan_core.specs.optimizers import Optimizer

from .foreign_modules import MODULE, input_names, read_module
from .kept_arrays import KeptArrays
from .network import Network
from .ops import Operations
from .optimizers import build_optimizer
from .program import PaddleLanguage
from .stored_weights import IGNORED, SUFFIXES, stored_weights
from .weight_files import SUFFIX, file_arrays, read_weights, write_script, write_weights

# the switches of TF32: of versions from 3.4 on, and of all before
_FLAGS = ("FLAGS_cublas_allow_tf32", "FLAGS_cudnn_allow_tf32")
_LIBRARIES = ("cublas", "cudnn")


class PaddleBackend:
    """See `gan_core.contract.backend.Backend`."""

    name = "paddle"
    limits: tuple[str, ...] = ("in float32 the derivative of leaky ReLU at exactly 0 is 1",)
    weights_suffix = SUFFIX
    weights_suffixes = SUFFIXES
    weights_ignored = IGNORED
    module_type: type = MODULE
    language = PaddleLanguage()

    def __init__(self, dtype: str, device: str) -> None:
        self.ops = Operations(dtype, device)
        self.arrays = KeptArrays(self.ops)

    def describe(self) -> dict[str, str]:
        return {
            "backend": self.name,
            "paddle": paddle.__version__,
            "device": _word(self.ops.device),
            "dtype": str(self.ops.numpy_dtype),
            "threads": os.environ.get("MKL_NUM_THREADS") or os.environ["OMP_NUM_THREADS"],
            **arithmetic(_rounds_factors()),
        }

    def to_numpy(self, array: Tensor) -> np.ndarray:
        return array.numpy()

    def to_floats(self, arrays: Sequence[Tensor]) -> list[float]:
        if self.ops.device.is_cpu_place():
            return [float(array.numpy()) for array in arrays]  # nothing to wait for: quicker than to join them
        with paddle.no_grad():
            return paddle.stack([array.astype(self.ops.dtype) for array in arrays]).tolist()

    def build_network(self, plan: Plan, weights: Mapping[str, np.ndarray]) -> Network:
        return Network(plan, weights, self.ops, self.arrays)

    def build_optimizer(self, optimizer: Optimizer, networks: Sequence[NativeNetwork]) -> DefinedOptimizer:
        return build_optimizer(optimizer, networks, self.ops, self.arrays)

    def build_variables(self, initial: Mapping[str, np.ndarray]) -> Variables:
        return Variables(initial, self.ops, self.arrays)

    def compile(self, function: StepFunction, plans: Sequence[Plan]) -> EagerUnit:
        return EagerUnit(function, self.ops.constants)

    export_weights = staticmethod(write_weights)
    import_weights = staticmethod(read_weights)
    stored_weights = staticmethod(stored_weights)
    file_arrays = staticmethod(file_arrays)
    export_script = staticmethod(write_script)
    input_names = staticmethod(input_names)
    read_module = staticmethod(read_module)


def create(dtype: str, device: str) -> Backend:
    """The backend, opened. Raises `BackendError` where the device cannot be had."""
    device = device_there("paddle", device, paddle.device.cuda.device_count() if core.is_compiled_with_cuda() else 0)
    try:
        backend = PaddleBackend(dtype, device)
        paddle.zeros([])
    except (ValueError, RuntimeError, OSError) as error:
        raise BackendError(f"paddle cannot use '{device}' here ({one_line(error)}); try device=cpu") from None
    _settle(tf32_is_chosen())
    return backend


def _settle(tf32: bool) -> None:
    """Have products and convolutions of float32 computed in float32, as on the other backends."""
    for flag in _FLAGS:
        with contextlib.suppress(ValueError):  # a version that has none
            paddle.set_flags({flag: tf32})
    for library in _LIBRARIES:
        if hasattr(core, f"set_{library}_switch"):
            getattr(core, f"set_{library}_switch")(tf32)


def _rounds_factors() -> bool:
    """Whether any float32 product may be less than float32, by Paddle's own answer."""
    answers = [getattr(core, f"get_{name}_switch")() for name in _LIBRARIES if hasattr(core, f"get_{name}_switch")]
    for flag in _FLAGS:
        with contextlib.suppress(ValueError):
            answers.append(paddle.get_flags([flag])[flag])
    return any(answers)


def _word(place: paddle.base.core.Place) -> str:
    return f"gpu:{place.gpu_device_id()}" if place.is_gpu_place() else "cpu"
