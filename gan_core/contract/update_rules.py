"""Update rules carried out by their definition, on arrays as a backend lays them out."""

from collections.abc import Mapping, Sequence

import numpy as np

from gan_core.contract.backend import NativeNetwork
from gan_core.contract.kept_arrays import KeptArrays
from gan_core.errors import SpecError
from gan_core.operations.arrays import described, dtype_of, shape_of
from gan_core.operations.ops import Array, Ops, Scalar
from gan_core.specs.optimizers import Adam, Optimizer, RmsProp, Sgd
from gan_core.specs.spec import variant_name

# These classes themselves treat each number by itself, so they run on arrays as a backend lays them out. Any other
# rule, that of a subclass included, may look at rows, columns or channels.
NUMBER_BY_NUMBER = (Sgd, RmsProp, Adam)


def updated_weight(
    optimizer: Optimizer,
    ops: Ops,
    network: NativeNetwork,
    name: str,
    weight: Array,
    gradient: Array,
    slots: Mapping[str, Array],
    settings: Mapping[str, Scalar],
) -> tuple[Array, dict[str, Array]]:
    """One weight after an update, and its new state, by `Optimizer.update`; all arrays in native layout.

    name: canonical. slots: the state of this weight. settings: those of `Optimizer.settings`, as numbers or scalars.
    A rule that the library does not define gets canonical layout, and its results are checked. Raises `SpecError` for
    other slots, shapes or dtypes than those of its arguments.
    """
    if type(optimizer) in NUMBER_BY_NUMBER:
        return optimizer.update(ops, weight, gradient, slots, settings)

    def canonical(array: Array) -> Array:
        return network.to_canonical({name: array})[name]

    def native(array: Array) -> Array:
        return network.to_native({name: array})[name]

    before = canonical(weight)
    kept = {slot: canonical(array) for slot, array in slots.items()}
    new, after = optimizer.update(ops, before, canonical(gradient), kept, settings)
    _check_update(optimizer, f"{network.plan.name}.{name}", before, {"weight": new, **after}, {"weight", *slots})
    return native(new), {slot: native(array) for slot, array in after.items()}


def _check_update(
    optimizer: Optimizer, place: str, before: Array, after: Mapping[str, Array], expected: set[str]
) -> None:
    rule = f"optimizer '{variant_name(type(optimizer).__name__)}'"
    if set(after) != expected:
        returned, wanted = (", ".join(sorted(names - {"weight"})) or "none" for names in (set(after), expected))
        raise SpecError(f"{rule}: update returned the slots {returned}; expected {wanted}")
    for name, array in after.items():
        if (shape_of(array), dtype_of(array)) != (shape_of(before), dtype_of(before)):
            raise SpecError(
                f"{rule}: update returned {described(array)} as the new {name} of '{place}'; "
                f"expected {described(before)}"
            )


class DefinedOptimizer:
    """See `gan_core.contract.backend.NativeOptimizer`; carries out `Optimizer.update` one weight after the other.

    A backend derives its kernels from it: they replace `apply`.
    """

    def __init__(self, optimizer: Optimizer, networks: Sequence[NativeNetwork], ops: Ops, arrays: KeptArrays) -> None:
        self.optimizer, self.ops, self.arrays = optimizer, ops, arrays
        self.places = [(network, name) for network in networks for name in network.plan.weights]
        self.weights = [weight for network in networks for weight in network.weights().values()]
        self.slots = {slot: [arrays.zeros_like(weight) for weight in self.weights] for slot in optimizer.slots}

    def apply(self, gradients: Sequence[Array], settings: Mapping[str, Scalar]) -> None:
        """See `NativeOptimizer.apply`."""
        arrays = self.arrays
        with arrays.untracked():
            for index, (kept, gradient) in enumerate(zip(self.weights, gradients, strict=True)):
                slots = {slot: arrays.value(state[index]) for slot, state in self.slots.items()}
                network, name = self.places[index]
                weight = arrays.value(kept)
                new, after = updated_weight(self.optimizer, self.ops, network, name, weight, gradient, slots, settings)
                arrays.assign(kept, new)
                for slot, value in after.items():
                    arrays.assign(self.slots[slot][index], value)

    def read(self) -> dict[str, np.ndarray]:
        """See `NativeOptimizer.read`."""
        return {
            f"{network.plan.name}/{name}/{slot}": self._read(network.to_canonical({name: kept})[name])
            for slot, state in self.slots.items()
            for (network, name), kept in zip(self.places, state, strict=True)
        }

    def _read(self, array: Array) -> np.ndarray:
        return self.arrays.read(array, range(len(array.shape)))

    def load(self, values: Mapping[str, np.ndarray], updates: int) -> None:
        """See `NativeOptimizer.load`."""
        for slot, state in self.slots.items():
            for (network, name), kept in zip(self.places, state, strict=True):
                value = self.ops.constant(values[f"{network.plan.name}/{name}/{slot}"])
                self.arrays.assign(kept, network.to_native({name: value})[name])
