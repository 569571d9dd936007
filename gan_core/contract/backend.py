"""The contract between the library and a framework.

The core decides everything (shapes, weights, random numbers, losses, order of updates) and writes each step as a
Python function over `Ops` and `NativeNetwork`s; a backend translates layers, operations and optimizers, and
runs that function, compiled where its framework compiles. No member has default arguments: defaults belong to specs.
What a backend cannot do it says in `Backend.limits`; nobody outside `backends/` compares a backend's name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from gan_core.contract.foreign_networks import ForeignNetwork, Given
from gan_core.contract.launched import Launched
from gan_core.contract.weight_matching import FileArray
from gan_core.errors import SpecError
from gan_core.files.file_parts import FilePart
from gan_core.files.stored_arrays import Table
from gan_core.operations.ops import Array, Ops, Scalar
from gan_core.operations.random_bits import CallRandom
from gan_core.plans.plans import Plan
from gan_core.recording.language import Language
from gan_core.specs.optimizers import Optimizer

Inputs = Mapping[str, np.ndarray | float]
StepFunction = Callable[[Mapping[str, Any]], dict[str, Array]]  # its `__name__` says what it does, in notices


@dataclass(frozen=True, kw_only=True)
class Call:
    """How a network is called.

    training: batch statistics and dropout, or running statistics and none.
    weights: weights to use in place of the network's own, in native layout; running statistics are then left alone.
    random: the random numbers of its layers, or None for a call that has none.
    """

    training: bool
    weights: Mapping[str, Array] | None
    random: CallRandom | None

    def mask(self, layer: str, shape: tuple[int, ...], rate: float) -> Array:
        """The mask of a dropout layer. Raises `SpecError` where the call brings none."""
        return self.random_of(layer).keep_mask(layer, shape, rate)

    def random_of(self, layer: str) -> CallRandom:
        """The random numbers for a layer. Raises `SpecError` where the call brings none."""
        if self.random is None:
            raise SpecError(f"layer '{layer}': a call in training mode without random numbers")
        return self.random

    @property
    def updates_statistics(self) -> bool:
        """Whether running statistics move with this call."""
        return self.training and self.weights is None


class NativeNetwork(Protocol):
    """A network in the framework's own layers. Arrays cross its border as [N, C, H, W] or [N, F]."""

    @property
    def plan(self) -> Plan:
        """Its shapes and names."""

    def __call__(self, inputs: Mapping[str, Array], call: Call) -> Array:
        """The output for named inputs; of several, the first of the plan."""

    def outputs(self, inputs: Mapping[str, Array], call: Call) -> dict[str, Array]:
        """All outputs of one call for named inputs, by the names of `Plan.outputs`."""

    def weights(self) -> dict[str, Array]:
        """The live weights by canonical name, in the plan's order, to differentiate at: in native layout.

        What is written on rows, columns or channels needs `to_canonical` (or `UpdateContext.weights`, which does it).
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
    """The update rule of one player, with its state."""

    @property
    def optimizer(self) -> Optimizer:
        """The rule."""

    @property
    def slots(self) -> Mapping[str, Sequence[Array]]:
        """The live state: slot → arrays in the order of the player's weights, native layout."""

    def apply(self, gradients: Sequence[Array], settings: Mapping[str, Scalar]) -> None:
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
    module_type: type

    @property
    def ops(self) -> Ops:
        """The operations on its arrays."""

    @property
    def language(self) -> Language:
        """How it writes programs."""

    def describe(self) -> dict[str, str]:
        """Framework versions, the device really used (``cpu`` or ``gpu:N``), dtype, threads, and `arithmetic`."""

    def join(self, launched: Launched) -> None:
        """Meet the other workers that a launcher started. Raises `BackendError` where they cannot be reached.

        It is called before anything runs on the device; `ops.workers` is set after it.
        """

    def to_numpy(self, array: Array) -> np.ndarray:
        """The values of an array, waiting for the device if need be."""

    def to_floats(self, arrays: Sequence[Array]) -> list[float]:
        """The values of one or more scalars, read from the device at once."""

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

    def file_arrays(self, plan: Plan) -> list[FileArray]:
        """A network's arrays as such a file has them: names, axes, shapes, in the framework's order."""

    def export_script(self, plan: Plan, weights: Path, path: Path) -> None:
        """Write a plain script of the framework's that loads the file `weights` and defines the network's function."""

    def input_names(self, module: Any) -> tuple[str, ...]:
        """The names of what a user's own module (an instance of `module_type`) must be given, in order."""

    def read_module(self, module: Any, inputs: Mapping[str, Given]) -> ForeignNetwork:
        """A user's own module as a network of the library's, with its settings and its arrays.

        The module runs, or its graph is walked; it stays as it was. inputs: by name, or in order under "0", "1"; none
        where the module knows their shapes. Raises `SpecError` naming what has no counterpart, and the user's line.
        """
