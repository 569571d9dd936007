"""The contract between the library and a framework, and the one way to reach a backend.

The core decides everything (shapes, weights, random numbers, losses, order of updates) and writes each step as a
Python function over `Ops` and `NativeNetwork`s; a backend translates layers, operations and optimizers, and
runs that function, compiled where its framework compiles. No member has default arguments: defaults belong to specs.
What a backend cannot do it says in `Backend.limits`; nobody outside `backends/` compares a backend's name.

Backends are found by the entry-point group ``gan_core.backends``, so another distribution can bring one.
"""

import importlib
import importlib.util
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from gan_core.errors import BackendError, GanError, nearest, one_line
from gan_core.file_parts import FilePart
from gan_core.optimizers import Optimizer
from gan_core.printing import say
from gan_core.shapes import Plan
from gan_core.stored_arrays import Table
from gan_core.weight_matching import Slot

Array = Any  # a framework's tensor; + − * / ** and slicing work on it as on NumPy's
Inputs = Mapping[str, np.ndarray | float]
StepFunction = Callable[[Mapping[str, Any]], dict[str, Array]]  # its `__name__` says what it does, in notices
ENTRY_POINT_GROUP = "gan_core.backends"
DTYPES = ("float32", "float64")
PATIENCE = 10.0  # seconds
# What the libraries below the frameworks read from the environment, and the value by which float32 stays IEEE float32.
ARITHMETIC_SWITCHES = {
    "NVIDIA_TF32_OVERRIDE": "0",
    "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE": "0",
    "ONEDNN_DEFAULT_FPMATH_MODE": "strict",
    "DNNL_DEFAULT_FPMATH_MODE": "strict",
    "TF_SET_ONEDNN_FPMATH_MODE": "strict",
    "TF_ENABLE_AUTO_MIXED_PRECISION": "0",
    "MKL_BLAS_COMPUTE_MODE": "standard",
    "XLA_FLAGS": "",
}


@dataclass(frozen=True, kw_only=True)
class Call:
    """How a network is called.

    training: batch statistics and dropout, or running statistics and none.
    weights: weights to use in place of the network's own, in native layout; running statistics are then left alone.
    keep_mask: (layer name, shape, rate) → mask of zeros and ones for dropout.
    """

    training: bool
    weights: Mapping[str, Array] | None
    keep_mask: Callable[[str, tuple[int, ...], float], Array] | None

    @property
    def updates_statistics(self) -> bool:
        """Whether running statistics move with this call."""
        return self.training and self.weights is None


class Ops(Protocol):
    """The operations that losses and update rules may use. All are differentiable twice."""

    def constant(self, value: np.ndarray) -> Array:
        """An array of the backend's dtype (integers stay int64) on its device."""

    def exp(self, x: Array) -> Array:
        """eˣ."""

    def log(self, x: Array) -> Array:
        """Natural logarithm."""

    def sqrt(self, x: Array) -> Array:
        """Square root."""

    def abs(self, x: Array) -> Array:
        """Absolute value; its derivative at 0 is 0."""

    def relu(self, x: Array) -> Array:
        """max(x, 0); its derivative at 0 is 0."""

    def tanh(self, x: Array) -> Array:
        """Hyperbolic tangent."""

    def sigmoid(self, x: Array) -> Array:
        """1 / (1 + e⁻ˣ)."""

    def softplus(self, x: Array) -> Array:
        """log(1 + eˣ), exact to the last digits for any x."""

    def clip(self, x: Array, low: float, high: float) -> Array:
        """min(max(x, low), high)."""

    def sum(self, x: Array, axes: tuple[int, ...]) -> Array:
        """Sum over `axes`, which disappear."""

    def mean(self, x: Array) -> Array:
        """Mean over everything, a scalar."""

    def reshape(self, x: Array, shape: tuple[int, ...]) -> Array:
        """The same values in another shape, last axis running fastest."""

    def concat(self, parts: Sequence[Array], axis: int) -> Array:
        """Arrays joined along an axis."""

    def split(self, x: Array, count: int) -> tuple[Array, Array]:
        """The first `count` rows and the others."""

    def matmul(self, x: Array, y: Array) -> Array:
        """Matrix product of [A, B] and [B, C]."""

    def detached(self, function: Callable[[], Any]) -> Any:
        """The value of `function()` (an array, or a list or table of arrays) as constants.

        Neither what the function does nor what it returns, if made before, is differentiated through.
        """

    def differentiable_leaf(self, x: Array) -> Array:
        """The same values as an input that gradients can be taken at."""

    def gradients(self, output: Array, inputs: Sequence[Array], differentiable: bool) -> list[Array]:
        """Gradient of a scalar at each input (zeros where it does not depend on it).

        differentiable: whether the result will itself be differentiated.
        """

    def bitwise_and(self, x: Array, y: Array) -> Array:
        """Bits set in both; int64."""

    def bitwise_xor(self, x: Array, y: Array) -> Array:
        """Bits set in one; int64."""

    def shift_right(self, x: Array, bits: int) -> Array:
        """X // 2**bits for x ≥ 0; int64."""

    def at_least(self, x: Array, threshold: int) -> Array:
        """1 where the integer x ≥ threshold, else 0, in the backend's dtype."""


class NativeNetwork(Protocol):
    """A network in the framework's own layers. Arrays cross its border as [N, C, H, W] or [N, F]."""

    plan: Plan

    def __call__(self, inputs: Mapping[str, Array], call: Call) -> Array:
        """The output for named inputs."""

    def weights(self) -> dict[str, Array]:
        """The live weights by canonical name, in the plan's order, to differentiate at: in native layout.

        What is written on rows, columns or channels needs `to_canonical` (or `Scene.weights`, which does it).
        """

    def to_canonical(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """Weights, or arrays of their shapes (gradients, optimizer state), from native to canonical layout.

        By canonical name; differentiable.
        """

    def to_native(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """The way back: from canonical to native layout, as `Call.weights`, `assign` and optimizers take them."""

    def buffers(self) -> dict[str, Array]:
        """The live buffers (running statistics, singular vectors) by canonical name (native layout)."""

    def assign(self, weights: Mapping[str, Array]) -> None:
        """Set weights, or buffers, from arrays in native layout (within a compiled function too)."""

    def read(self) -> dict[str, np.ndarray]:
        """Weights and buffers by canonical name, in canonical layout."""

    def load(self, values: Mapping[str, np.ndarray]) -> None:
        """Set weights and buffers from canonical layout."""


class NativeOptimizer(Protocol):
    """The update rule of one player, with its state.

    optimizer: the rule. slots: the live state, slot → arrays in the order of the player's weights, native layout.
    """

    optimizer: Optimizer
    slots: Mapping[str, Sequence[Array]]

    def apply(self, gradients: Sequence[Array], settings: Mapping[str, Any]) -> None:
        """Move the weights; `settings` are those of `Optimizer.settings` for this update."""

    def read(self) -> dict[str, np.ndarray]:
        """State as ``network.layer.weight/slot`` → array in canonical layout."""

    def load(self, values: Mapping[str, np.ndarray], updates: int) -> None:
        """Set the state after `updates` updates."""


class NativeVariables(Protocol):
    """Arrays that objectives keep from one update to the next: control variables, pools of samples."""

    def arrays(self) -> dict[str, Array]:
        """The present values by name."""

    def assign(self, values: Mapping[str, Array]) -> None:
        """Set some of them (within a compiled function too)."""

    def read(self) -> dict[str, np.ndarray]:
        """The present values as NumPy arrays."""

    def load(self, values: Mapping[str, np.ndarray]) -> None:
        """Set all of them."""


class CompiledUnit(Protocol):
    """A compiled function. Its inputs can be brought to the device ahead of time, several steps at once."""

    def prepare(self, inputs: Inputs) -> Any:
        """Inputs as `run` takes them, from NumPy arrays and floats."""

    def run(self, prepared: Any) -> dict[str, Array]:
        """The function's result for prepared inputs."""

    def __call__(self, inputs: Inputs) -> dict[str, Array]:
        """Prepare and run."""


class Backend(Protocol):
    """One framework, opened with a dtype and a device."""

    name: str
    limits: tuple[str, ...]
    weights_suffix: str
    weights_suffixes: tuple[str, ...]
    weights_ignored: tuple[str, ...]
    ops: Ops

    def describe(self) -> dict[str, str]:
        """Framework versions, the device really used (``cpu`` or ``gpu:N``), dtype, threads, and `arithmetic`."""

    def to_numpy(self, array: Array) -> np.ndarray:
        """The values of an array, waiting for the device if need be."""

    def build_network(self, plan: Plan, weights: Mapping[str, np.ndarray]) -> NativeNetwork:
        """A network with its weights and buffers set from canonical layout."""

    def build_optimizer(self, optimizer: Optimizer, networks: Sequence[NativeNetwork]) -> NativeOptimizer:
        """The optimizer of the weights of some networks."""

    def build_variables(self, initial: Mapping[str, np.ndarray]) -> NativeVariables:
        """Variables of the backend's dtype with these values."""

    def compile(self, function: StepFunction, plans: Sequence[Plan]) -> "CompiledUnit":
        """A function from arrays and floats to arrays on the device, run as one unit where that pays.

        plans: of the networks it calls; a backend may choose its compiler by their layers.
        """

    def export_weights(self, plan: Plan, values: Mapping[str, np.ndarray], path: Path) -> None:
        """Write weights and buffers as the framework's own file, which ends in `weights_suffix`.

        It loads without this library. Raises `BackendError` for a layer that the framework has no standard one for.
        """

    def import_weights(self, plan: Plan, path: Path) -> dict[str, np.ndarray]:
        """A network's weights and buffers out of such a file, in canonical layout.

        Raises `UsageError` for any other file, and runs nothing that stands in it; nothing is allocated before names,
        types and shapes were found right.
        """

    def stored_weights(self, part: FilePart) -> Table:
        """What a file of the framework's holds (one that ends in one of `weights_suffixes`), unread.

        Raises `DamagedError` for any other file. `weights_ignored`: last words of names that are no weights.
        """

    def weight_slots(self, plan: Plan) -> list[Slot]:
        """A network's arrays as such a file has them: names, axes, shapes, in the framework's order."""

    def export_script(self, plan: Plan, weights: Path, path: Path) -> None:
        """Write a plain script of the framework's that loads the file `weights` and defines the network's function."""


def installed_backends() -> dict[str, EntryPoint]:
    """Return the entry points of all known backends by name; their frameworks may still be missing."""
    return {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}


def load_backend(name: str, dtype: str = "float32", device: str = "cpu") -> Backend:
    """Return a backend, importing its framework.

    Raises `BackendError` for an unknown name, a framework that is not installed (with the command that installs it),
    one that is installed and cannot be imported, one that another framework in this process rules out, and a dtype or
    device that it lacks. device: ``cpu``, ``gpu`` or ``gpu:N``.
    """
    known = installed_backends()
    if name not in known:
        raise BackendError(f"unknown backend '{name}'{nearest(name, known)}")
    if dtype not in DTYPES:
        raise BackendError(f"dtype '{dtype}': expected {' or '.join(DTYPES)}")
    gpu_number(device)
    try:
        create = known[name].load()
    except GanError:
        raise
    except Exception as error:  # whatever a broken installation raises: ImportError, OSError, AttributeError …
        raise BackendError(
            f"backend '{name}' is installed but cannot be imported ({type(error).__name__}: {one_line(error)}); "
            f"uninstall it, then  pip install 'gan-core[{name}]'"
        ) from error
    backend: Backend = create(dtype, device)
    return backend


def gpu_number(device: str) -> int | None:
    """Return N for ``gpu:N``, 0 for ``gpu``, None for ``cpu``. Raises `BackendError` for any other word."""
    if device == "cpu":
        return None
    found = re.fullmatch(r"gpu(?::([0-9]{1,4}))?", device)
    if found is None:
        raise BackendError(f"device '{device}': expected cpu, gpu or gpu:N (the GPU of that number, from 0)")
    return int(found[1] or 0)


def device_there(framework: str, device: str, seen: int) -> str:
    """Return a device's full word, ``cpu`` or ``gpu:N``. Raises `BackendError` for a GPU not among the `seen` ones."""
    number = gpu_number(device)
    if number is None:
        return device
    if number < seen:
        return f"gpu:{number}"
    there = f"it sees {seen}, gpu:0 to gpu:{seen - 1}" if seen > 1 else "it sees one, gpu:0" if seen else "it sees none"
    raise BackendError(f"{framework} has no GPU '{device}' here ({there}); try device={'gpu' if seen else 'cpu'}")


def tf32_is_chosen() -> bool:
    """Whether GAN_TF32=1 lets GPUs round the factors of float32 products to TF32 (10 bits of fraction in place of 23).

    Off by default, on every backend: float32 means IEEE float32. Raises `BackendError` for a value but 0 and 1.
    """
    value = os.environ.get("GAN_TF32", "") or "0"
    if value not in ("0", "1"):
        raise BackendError(f"GAN_TF32={value}: expected 0 or 1")
    return value == "1"


def arithmetic(tf32: bool) -> dict[str, str]:
    """Return what a description says of float32: ``ieee`` or ``tf32``, and the environment's switches beyond the usual.

    tf32: what the framework itself answers when asked.
    """
    set_here = {name: os.environ[name] for name in ARITHMETIC_SWITCHES if os.environ.get(name)}
    unusual = [f"{name}={value}" for name, value in set_here.items() if value.lower() != ARITHMETIC_SWITCHES[name]]
    return {"float32": "tf32" if tf32 else "ieee"} | ({"switches": " ".join(unusual)} if unusual else {})


def require_framework(module: str, extra: str) -> None:
    """Raise `BackendError` with the install command unless the top-level `module` can be found."""
    if importlib.util.find_spec(module) is None:
        raise BackendError(
            f"backend '{extra}' needs {module}, which is not installed: run  pip install 'gan-core[{extra}]'"
        )


@contextmanager
def told_if_slow(text: str) -> Iterator[None]:
    """Tell a line on standard error if what runs within takes more than `PATIENCE` seconds; else nothing."""
    waiting = threading.Timer(PATIENCE, lambda: say(f"gan: {text}"))
    waiting.daemon = True
    waiting.start()
    try:
        yield
    finally:
        waiting.cancel()
