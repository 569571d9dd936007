"""A backend of NumPy alone: the smallest one there can be, and a pattern for others. It keeps no tape, so cannot train.

`check_backend` finds nothing wrong with it but that.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, cast

import numpy as np
from typing_extensions import override

from gan_core.contract.backend import Backend, Call, NativeNetwork, StepFunction
from gan_core.contract.constants import Constants
from gan_core.contract.eager_unit import EagerUnit
from gan_core.contract.foreign_networks import ForeignNetwork, Given
from gan_core.contract.launched import Launched
from gan_core.contract.layered_network import LayeredNetwork, axes_of
from gan_core.contract.update_rules import DefinedOptimizer
from gan_core.contract.variables import Variables
from gan_core.contract.weight_matching import FileArray, canonical_axes, canonical_file_arrays, read_file
from gan_core.errors import BackendError
from gan_core.files.file_parts import FilePart
from gan_core.files.plain_weights import plain_weights
from gan_core.files.stored_arrays import Table
from gan_core.operations.ops import Array
from gan_core.plans.plans import Node, Plan
from gan_core.recording.expressions import Word
from gan_core.recording.language import Language, Said
from gan_core.specs.optimizers import Optimizer
from gan_core.testing.numpy_ops import NUMPY
from gan_core.testing.reference_layers import reference_layer, spectrally_normalised

SUFFIX = ".npz"


def seen(value: np.ndarray) -> Array:
    """NumPy's array as the contract sees arrays: NumPy's own types say other things."""
    return cast("Array", value)


class KeptArrays:
    """See `gan_core.contract.kept_arrays.KeptArrays`."""

    def create(self, value: np.ndarray) -> Array:
        return seen(np.array(value, np.float64))

    def zeros_like(self, kept: Array) -> Array:
        return seen(np.zeros_like(np.asarray(kept)))

    def value(self, kept: Array) -> Array:
        return seen(np.asarray(kept).copy())

    def assign(self, kept: Array, value: Array) -> None:
        np.asarray(kept)[...] = value

    def read(self, kept: Array, axes: Sequence[int]) -> np.ndarray:
        return np.array(np.transpose(np.asarray(kept), axes), order="C")

    def transpose(self, array: Array, axes: Sequence[int]) -> Array:
        return seen(np.transpose(np.asarray(array), axes))

    def untracked(self) -> AbstractContextManager[object]:
        return nullcontext()


class Network(LayeredNetwork):
    """See `gan_core.contract.backend.NativeNetwork`; NumPy's layout is the canonical one."""

    def __init__(self, plan: Plan, values: Mapping[str, np.ndarray]) -> None:
        self.plan, self.ops, self.arrays = plan, NUMPY, KeptArrays()
        self.kept = {name: self.arrays.create(values[name]) for name in (*plan.weights, *plan.buffers)}
        self.axes = axes_of(plan, canonical_axes)
        self.layers = {node.name: partial(self.run_layer, node) for node in plan.nodes}

    def run_layer(self, node: Node, *inputs: Array, call: Call) -> Array:
        weights = {key: self.kept[f"{node.name}.{key}"] for key in node.plan.weights}
        return self.call_with(node, weights, inputs, call)

    @override
    def call_with(self, node: Node, weights: Mapping[str, Array], inputs: Sequence[Array], call: Call) -> Array:
        used = {key: np.asarray(weight) for key, weight in weights.items()}
        buffers = {key: np.asarray(self.kept[f"{node.name}.{key}"]) for key in node.plan.buffers}
        if "singular_vector" in buffers:
            used["weight"] = spectrally_normalised(node, used["weight"], buffers, call)
        output = reference_layer(node.layer, node, [np.asarray(array) for array in inputs], used, buffers, call)
        self.assign({f"{node.name}.{key}": seen(value) for key, value in buffers.items()})
        return seen(output)


class NoPrograms(Language):
    """NumPy has no layers that a program could use, so each word of its language is refused."""

    framework = "NumPy"
    words: ClassVar[Mapping[str, Word]] = MappingProxyType({})

    def layer(self, node: Node) -> Said:
        raise BackendError(f"layer '{node.name}': numpy has no layers of its own that a program could use")

    def imports(self, text: str) -> Sequence[str]:
        raise BackendError("numpy has no layers of its own that a program could use")

    network = made = optimizer = first_value = body = writer = logged = drawn = batches = running = imports  # type: ignore[assignment]


class NumpyBackend:
    """See `gan_core.contract.backend.Backend`."""

    name = "numpy"
    limits: tuple[str, ...] = ("it has no gradients, so it cannot train",)
    weights_suffix = SUFFIX
    weights_suffixes: tuple[str, ...] = (SUFFIX,)
    weights_ignored: tuple[str, ...] = ()
    module_type: type = Network
    ops = NUMPY

    @property
    def language(self) -> Language:
        return NoPrograms()

    def describe(self) -> dict[str, str]:
        return {"backend": self.name, "numpy": np.__version__, "device": "cpu", "dtype": "float64", "threads": "1"}

    def join(self, launched: Launched) -> None:
        raise BackendError("numpy has no engine for several processes")

    def to_numpy(self, array: Array) -> np.ndarray:
        return np.asarray(array)

    def to_floats(self, arrays: Sequence[Array]) -> list[float]:
        return [float(np.asarray(array)) for array in arrays]

    def build_network(self, plan: Plan, weights: Mapping[str, np.ndarray]) -> Network:
        return Network(plan, weights)

    def build_optimizer(self, optimizer: Optimizer, networks: Sequence[NativeNetwork]) -> DefinedOptimizer:
        return DefinedOptimizer(optimizer, networks, self.ops, KeptArrays())

    def build_variables(self, initial: Mapping[str, np.ndarray]) -> Variables:
        return Variables(initial, self.ops, KeptArrays())

    def compile(self, function: StepFunction, plans: Sequence[Plan]) -> EagerUnit:
        return EagerUnit(function, Constants(self.ops.constant))

    def export_weights(self, plan: Plan, values: Mapping[str, np.ndarray], path: Path) -> None:
        arrays: dict[str, Any] = dict(values)
        np.savez(path, **arrays)

    def import_weights(self, plan: Plan, path: Path) -> dict[str, np.ndarray]:
        return read_file(plan, self.file_arrays(plan), self.stored_weights, path, self.weights_ignored)

    def stored_weights(self, part: FilePart) -> Table:
        return plain_weights(part, SUFFIX)

    def file_arrays(self, plan: Plan) -> list[FileArray]:
        return canonical_file_arrays(plan)

    def export_script(self, plan: Plan, weights: Path, path: Path) -> None:
        raise BackendError("numpy has no layers of its own that a plain script could use")

    def input_names(self, module: Any) -> tuple[str, ...]:
        raise BackendError("numpy has no modules that a program of a user's could be made of")

    def read_module(self, module: Any, inputs: Mapping[str, Given]) -> ForeignNetwork:
        raise BackendError("numpy has no modules that a program of a user's could be made of")


def create(dtype: str, device: str) -> Backend:
    """The backend, opened. Raises `BackendError` for anything but float64 on the processor."""
    if (dtype, device) != ("float64", "cpu"):
        raise BackendError(f"numpy computes in float64 on the cpu, not in {dtype} on {device}")
    return NumpyBackend()
