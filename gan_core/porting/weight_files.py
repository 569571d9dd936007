"""Files of weights of a user's own networks, whose names are those of the user's modules."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from gan_core.contract.backend import Backend
from gan_core.contract.foreign_networks import ForeignNetwork
from gan_core.contract.weight_matching import FileArray
from gan_core.errors import UsageError
from gan_core.experiments.initial_values import with_derived
from gan_core.plans.plans import Plan
from gan_core.printing import Tell
from gan_core.sessions.weight_exchange import SlotsOf, checked_values, read_arrays

NAMES = ("generator", "discriminator")
BESIDE = "beside/"  # before the names of arrays that a module has and its network does not


def files_of(weights: Sequence[str | Path], keys: Sequence[str]) -> dict[str, tuple[Path, str | None]]:
    """Return the file, and the table in it, of each network that has one. Raises `UsageError` for too many."""
    paths = [Path(one) for one in weights]
    if len(paths) > len(NAMES) or len(keys) > len(NAMES):
        raise UsageError(f"weights: expected a file for the generator and one for the discriminator, got {len(paths)}")
    if len(paths) == 1 and len(keys) == len(NAMES):
        paths *= 2
    wanted = [*keys, None, None]
    return {role: (path, key) for role, path, key in zip(NAMES, paths, wanted, strict=False)}


def load_weights(
    native: Backend,
    plan: Plan,
    foreign: ForeignNetwork,
    file: Path,
    key: str | None,
    *,
    match: str | None,
    renamed: Mapping[str, str],
    tell: Tell,
) -> None:
    """Give a module the arrays of a file: under its own names, or in its order.

    match: "names" or "order"; None tries both. Raises `UsageError` where they do not fit: of the names, where some do.
    """
    ways = [match] if match else ["names", "order"]
    for at, way in enumerate(ways):
        known = _slots(plan, foreign, way)
        try:
            found = read_arrays(plan, known, file, native, match=way, key=key, renamed=renamed, tell=tell)
            break
        except UsageError as error:
            if at + 1 < len(ways):
                first = error
                continue
            if match is None and _names_alike(foreign, first):
                raise first from None
            raise
    arrays = {one.name: one for one in foreign.arrays}
    foreign.assign({name.removeprefix(BESIDE): found[name] for name in found if name not in arrays})
    ordered = {name: one.ordered(found[name]) for name, one in arrays.items() if name in found}
    dtype = next(iter(foreign.values().values())).dtype
    foreign.take(checked_values(plan, with_derived(plan, ordered), file, np.dtype(dtype)))


def _slots(plan: Plan, foreign: ForeignNetwork, way: str) -> SlotsOf:
    """What a file may hold: the network's arrays, and others of the module (a second singular vector) by name."""
    slots, values = foreign.file_arrays(plan.name), foreign.read()
    unused = values.keys() - {one.native for one in slots}
    beside = [
        FileArray(name=BESIDE + name, native=name, axes=tuple(range(value.ndim)), shape=value.shape, derived=True)
        for name, value in values.items()
        if name in unused and value.dtype.kind == "f" and way == "names"
    ]
    plain = [dataclasses.replace(one, native=_plain_array(one.native)) for one in [*slots, *beside]]
    left_out = unused - {one.native for one in beside}
    return SlotsOf(plain=lambda: plain, native=lambda: [*slots, *beside], left_out=left_out)


def _names_alike(foreign: ForeignNetwork, error: UsageError) -> bool:
    """Whether a file has names of the module, so that what does not fit is a name or a shape, and not all of them."""
    return any(f"'{one.native}'" in str(error) for one in foreign.arrays)


def _plain_array(name: str) -> str:
    """An array's name in a file of no framework, where a reader has given one of them the library's word."""
    return name.removesuffix("running_var") + "running_variance" if name.endswith(".running_var") else name
