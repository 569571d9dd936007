"""Which array of a strange file is which of a network's: by name, or in the same order under other names."""

import difflib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from gan_core.errors import DamagedError, UsageError, nearest
from gan_core.files.file_parts import FilePart, opened_part
from gan_core.files.stored_arrays import PLAIN, Stored, Table
from gan_core.plans.plans import Node, Plan

Found = dict[str, Stored]  # name in the file, with dots → array
SHOWN = 4
LONGEST_NAME = 400
DEEPEST_KEY = 5
MATCHES = ("names", "order")


@dataclass(frozen=True, kw_only=True)
class FileArray:
    """One array of a network as a framework's file has it.

    name: canonical. native: the name in the file. axes: the canonical axes in the order in which the file has them.
    shape: in the file. derived: whether it can be worked out from the weights, if the file lacks it.
    """

    name: str
    native: str
    axes: tuple[int, ...]
    shape: tuple[int, ...]
    derived: bool


def file_arrays_of(
    plan: Plan, native_name: Callable[[Node, str], str], native_axes: Callable[[Node, str, int], tuple[int, ...]]
) -> list[FileArray]:
    """A network's arrays, layer by layer, weights before buffers.

    native_name: of a node and its name for an array, the framework's name. native_axes: of these and the array's rank,
    the canonical axes in the framework's order.
    """
    arrays = []
    for node in plan.nodes:
        derived = {key for key, buffer in node.plan.buffers.items() if callable(buffer.start)}
        shapes = {key: weight.shape for key, weight in node.plan.weights.items()}
        shapes |= {key: buffer.shape for key, buffer in node.plan.buffers.items()}
        for key, canonical_shape in shapes.items():
            axes = native_axes(node, key, len(canonical_shape))
            array = FileArray(
                name=f"{node.name}.{key}",
                native=native_name(node, key),
                axes=axes,
                shape=tuple(canonical_shape[axis] for axis in axes),
                derived=key in derived,
            )
            arrays.append(array)
    return arrays


def canonical_file_arrays(plan: Plan) -> list[FileArray]:
    """The arrays of a file in canonical layout, under canonical names."""
    return file_arrays_of(plan, lambda node, key: f"{node.name}.{key}", canonical_axes)


def canonical_axes(node: Node, key: str, rank: int) -> tuple[int, ...]:
    """The axes as they are: the canonical layout."""
    return tuple(range(rank))


def read_file(
    plan: Plan, arrays: Sequence[FileArray], stored: Callable[[FilePart], Table], path: Path, ignored: Sequence[str]
) -> dict[str, np.ndarray]:
    """See `Backend.import_weights`; stored: reads a file's table, unread arrays by name."""
    with opened_part(path) as part:
        return matched(plan, arrays, stored(part), path, ignored=ignored)


def matched(
    plan: Plan,
    slots: Sequence[FileArray],
    table: Table,
    path: Path,
    *,
    ignored: Sequence[str] = (),
    match: str = "names",
    key: str | None = None,
    renamed: Mapping[str, str] = MappingProxyType({}),
    left_out: Collection[str] = (),
    tell: Callable[[str], object] = lambda _: None,
) -> dict[str, np.ndarray]:
    """Return a network's arrays out of a file, in canonical layout, by canonical name.

    ignored: last words of names that are no weights. match: "names", or "order": the file's arrays one after the other.
    key: the table within the file, with dots; without it, the only one that fits is taken, at whatever depth. renamed:
    names in the file, whole or within the table → the names that they stand for. left_out: names within the table of
    arrays that the network does not have. tell: is told of each pair that
    "order" makes, and of the table that was found. Nothing is read before all names, types and shapes are right. Raises
    `UsageError`.
    """
    if match not in MATCHES:
        raise UsageError(f"match={match}: expected names or order")
    flat = {name: one for name, one in _flat(table) if name.rpartition(".")[2] not in ignored}
    if not flat:
        raise DamagedError(f"{path} holds no arrays")
    groups = {key: _within(flat, key, path)} if key else _groups(flat)
    if renamed:
        groups = _renamed(groups, renamed, path)
    if left_out:
        groups = {
            key: kept
            for key, group in groups.items()
            if (kept := {name: one for name, one in group.items() if name not in left_out})
        }
    pairs_of = _by_name if match == "names" else _by_order
    fitting = _fitting(pairs_of, slots, groups)
    if len(fitting) > 1:
        names = ", ".join(f"'{name or '(all)'}'" for name in list(fitting)[:SHOWN])
        raise UsageError(f"{path} has several tables that fit network '{plan.name}': choose one with key=NAME: {names}")
    if not fitting:
        raise _reason(plan, slots, groups, path, match, key)
    (name, pairs), *_ = fitting.items()
    if name and not key:
        tell(f"{path}: the arrays under '{name}' are taken")
    if match == "order":
        for slot, (there, one) in pairs.items():
            tell(f"{there} {list(one.shape)} → {slot.name}")
    return {
        slot.name: np.transpose(_read(one, there, path), np.argsort(slot.axes)) for slot, (there, one) in pairs.items()
    }


Pairs = dict[FileArray, tuple[str, Stored]]
_PairsOf = Callable[[Sequence[FileArray], Found], Pairs]


def _flat(table: Table, prefix: str = "") -> Iterator[tuple[str, Stored]]:
    for name, one in table.items():
        if len(prefix) + len(name) > LONGEST_NAME:
            raise DamagedError(f"the file has a name of more than {LONGEST_NAME} letters")
        if isinstance(one, Mapping):
            yield from _flat(one, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", one


def _groups(flat: Found) -> dict[str, Found]:
    """Every table in a file, itself first, by its key."""
    groups: dict[str, Found] = {"": dict(flat)}
    for name, one in flat.items():
        words = name.split(".")
        for count in range(1, min(len(words), DEEPEST_KEY + 1)):
            groups.setdefault(".".join(words[:count]), {})[".".join(words[count:])] = one
    return groups


def _fitting(pairs_of: _PairsOf, slots: Sequence[FileArray], groups: Mapping[str, Found]) -> dict[str, Pairs]:
    """The tables that fit, each set of arrays once: a table that holds nothing but another is that other one."""
    fitting: dict[frozenset[int], tuple[str, Pairs]] = {}
    for name, group in groups.items():
        try:
            pairs = pairs_of(slots, group)
        except _MisfitError:
            continue
        fitting.setdefault(frozenset(id(one) for _, one in pairs.values()), (name, pairs))
    return dict(fitting.values())


def _renamed(groups: Mapping[str, Found], renamed: Mapping[str, str], path: Path) -> dict[str, Found]:
    """The tables with other names in them. Raises `UsageError` for a name that none of them has."""
    for name in renamed:
        if not any(name in group for group in groups.values()):
            known = next(iter(groups.values()))
            raise UsageError(f"{path} holds no '{name[:80]}', which the map names{nearest(name, list(known)[:50])}")
    return {key: {renamed.get(name, name): one for name, one in group.items()} for key, group in groups.items()}


def _within(flat: Found, key: str, path: Path) -> Found:
    found = {name[len(key) + 1 :]: one for name, one in flat.items() if name.startswith(f"{key}.")}
    if not found:
        tables = {name.rpartition(".")[0] for name in flat} | {name.partition(".")[0] for name in flat if "." in name}
        raise UsageError(f"key={key}: {path} has no such table{nearest(key, sorted(tables - {''})[:20])}")
    return found


class _MisfitError(Exception):
    """What does not fit, in words that follow the file's name."""


def _by_name(slots: Sequence[FileArray], group: Found) -> Pairs:
    missing = [slot for slot in slots if slot.native not in group and not slot.derived]
    if missing:
        names = [slot.native for slot in missing]
        raise _MisfitError(f"lacks {_listed(names)}; it has {_listed(_near(names[0], group))} ({len(group)} arrays)")
    if unknown := sorted(group.keys() - {slot.native for slot in slots}):
        raise _MisfitError(f"holds the unknown {_listed(unknown)}")
    return _checked({slot: (slot.native, group[slot.native]) for slot in slots if slot.native in group})


def _by_order(slots: Sequence[FileArray], group: Found) -> Pairs:
    wanted = [slot for slot in slots if not slot.derived]
    pairs = dict(zip(wanted, group.items(), strict=False))
    kinds = {slot.native.rpartition(".")[2] for slot in wanted}
    for slot, (there, one) in pairs.items():
        word, expected = there.rpartition(".")[2], slot.native.rpartition(".")[2]
        if one.shape != slot.shape or (word in kinds and word != expected):
            raise _MisfitError(f"has '{there[:80]}' {_shape(one)} where '{slot.native}' {list(slot.shape)} is expected")
    if len(group) != len(wanted):
        raise _MisfitError(f"has {len(group)} arrays where {len(wanted)} are expected")
    return _checked(pairs)


def _checked(pairs: Pairs) -> Pairs:
    for slot, (there, one) in pairs.items():
        if one.kind not in PLAIN:
            raise _MisfitError(
                f"has '{there[:80]}', which is {one.kind}; expected float32, float64, float16 or bfloat16"
            )
        if one.shape != slot.shape:
            raise _MisfitError(f"has '{there[:80]}' of shape {_shape(one)}; expected {list(slot.shape)}")
    return pairs


def _reason(
    plan: Plan, slots: Sequence[FileArray], groups: Mapping[str, Found], path: Path, match: str, key: str | None
) -> UsageError:
    """What is wrong with the table that fits best, and what may help."""
    natives, shapes = {slot.native for slot in slots}, sorted(slot.shape for slot in slots)

    def closeness(name: str) -> tuple[int, bool, int]:
        group = groups[name]
        same = len(natives & group.keys()) if match == "names" else 0
        return same, sorted(one.shape for one in group.values()) == shapes, -abs(len(group) - len(slots))

    best = max(groups, key=closeness)
    try:
        (_by_name if match == "names" else _by_order)(slots, groups[best])
    except _MisfitError as misfit:
        place = f" under '{best}'" if best else ""
        advice = ""
        if match == "names" and not natives & groups[best].keys():
            advice = ": the same layers under other names are taken by match=order"
        return UsageError(f"{path}{place} {misfit} (network '{plan.name}' has {len(slots)} arrays){advice}")
    raise AssertionError("it fits")


def _read(one: Stored, there: str, path: Path) -> np.ndarray:
    try:
        return one.read()
    except DamagedError as error:
        raise DamagedError(f"{path}: '{there[:80]}' cannot be read: {error}") from None


def _near(name: str, group: Found) -> list[str]:
    """The names in a file: those most like one first."""
    close = difflib.get_close_matches(name, list(group)[:2000], n=SHOWN // 2, cutoff=0.6)
    return [*close, *(other for other in group if other not in close)]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name[:80]}'" for name in names[:SHOWN]) + (", …" if len(names) > SHOWN else "")


def _shape(one: Stored) -> list[int]:
    return list(one.shape[:8])
