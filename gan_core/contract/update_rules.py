"""An update rule run on arrays as a backend lays them out."""

from collections.abc import Mapping
from typing import Any

from gan_core.contract.backend import NativeNetwork
from gan_core.errors import SpecError
from gan_core.operations.arrays import described, dtype_of, shape_of
from gan_core.operations.ops import Array, Ops
from gan_core.specs.optimizers import Adam, Optimizer, RmsProp, Sgd
from gan_core.specs.spec import variant_name

# These classes themselves treat each number by itself, so they run on arrays as a backend lays them out. Any other
# rule, that of a subclass included, may look at rows, columns or channels.
NUMBER_BY_NUMBER = (Sgd, RmsProp, Adam)


def moved(
    optimizer: Optimizer,
    ops: Ops,
    network: NativeNetwork,
    name: str,
    weight: Array,
    gradient: Array,
    slots: Mapping[str, Array],
    settings: Mapping[str, Any],
) -> tuple[Array, dict[str, Array]]:
    """Return the new weight `name` of a network and its new slots by `Optimizer.update`; all arrays in native layout.

    A rule of the user's own is given canonical layout, and what it returns is checked. Raises `SpecError` for other
    slots, shapes or dtypes than it was given.
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
    _check_moved(optimizer, f"{network.plan.name}.{name}", before, {"weight": new, **after}, {"weight", *slots})
    return native(new), {slot: native(array) for slot, array in after.items()}


def _check_moved(
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
