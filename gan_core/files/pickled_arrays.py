"""NumPy's arrays in pickles, and tables of them: read from what the pickle says, nothing of NumPy's is called by it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from gan_core.errors import DamagedError
from gan_core.files.file_parts import FilePart, in_memory
from gan_core.files.pickles import Made
from gan_core.files.stored_arrays import PLAIN, Stored, checked_shape, stored, unreadable

MOST_ENTRIES = 50_000
DEEPEST = 40
_KINDS = {
    f"{letter}{size}": f"{name}{8 * size}"
    for letter, name in (("f", "float"), ("i", "int"), ("u", "uint"))
    for size in (1, 2, 4, 8)
}
_NAMES = {f"numpy.{core}" for core in ("core", "_core")}
_RECONSTRUCT = {f"{name}.multiarray._reconstruct" for name in _NAMES}
_FROM_BUFFER = {f"{name}.numeric._frombuffer" for name in _NAMES}


def table_of(value: Any, leaf: Callable[[Any], Stored | None], inner: Callable[[Any], Mapping[Any, Any] | None]) -> Any:
    """Return the arrays in a pickle's value as tables within tables; what holds none is left out.

    leaf: what is an array. inner: the table in what is none of Python's own (a module's arrays). Raises `DamagedError`
    for more than `MOST_ENTRIES` entries, which one that holds itself has.
    """
    left = MOST_ENTRIES

    def walk(value: Any, depth: int) -> Any:
        nonlocal left
        left -= 1
        if left < 0 or depth > DEEPEST:
            raise DamagedError("the file holds tables within tables without end")
        if (found := leaf(value)) is not None:
            return found
        table = _table(value) if isinstance(value, dict | list | tuple) else inner(value)
        if table is None:
            return None
        found_in = {str(key): walk(one, depth + 1) for key, one in table.items()}
        return {key: one for key, one in found_in.items() if one is not None} or None

    found = walk(value, 0)
    return {"array": found} if isinstance(found, Stored) else found or {}


def array_in(value: Any, others: Mapping[str, str] = MappingProxyType({})) -> Stored | None:
    """Return the NumPy array that a pickle would make, or None if it would make something else.

    others: what a framework spells as other types than they are, as {"uint16": "bfloat16"}.
    """
    if not isinstance(value, Made):
        return None
    if value.name in _RECONSTRUCT and isinstance(value.state, tuple) and len(value.state) >= 5:
        _, sizes, dtype, fortran, data = value.state[:5]
        return _array(data, _kind(dtype, others), checked_shape(sizes), bool(fortran))
    if value.name in _FROM_BUFFER and len(value.args) == 4:
        data, dtype, sizes, letter = value.args
        return _array(data, _kind(dtype, others), checked_shape(sizes), letter == "F")
    return None


def of_ordered(value: Any) -> Mapping[Any, Any] | None:
    """Return the table in an ordered dictionary, or None."""
    if not isinstance(value, Made) or value.name not in ("collections.OrderedDict", "collections.defaultdict"):
        return None
    given = value.args[0] if value.args and isinstance(value.args[0], list) else []
    pairs = [tuple(one) for one in given if isinstance(one, list | tuple) and len(one) == 2 and isinstance(one[0], str)]
    return {key: one for key, one in pairs if isinstance(key, str)} | value.items


def _table(value: dict[Any, Any] | list[Any] | tuple[Any, ...]) -> Mapping[Any, Any]:
    return value if isinstance(value, dict) else dict(enumerate(value))


def _array(data: Any, kind_and_order: tuple[str, str], shape: tuple[int, ...], fortran: bool) -> Stored:
    kind, order = kind_and_order
    if kind not in PLAIN:
        return unreadable(kind, shape)
    if isinstance(data, FilePart):
        return stored(data, kind, shape, order=order, fortran=fortran)
    if isinstance(data, Made) and data.name == "_codecs.encode" and data.args:
        return _spelt(data.args[0], kind, shape, order, fortran)
    return unreadable("kept in an old way", shape)


def _spelt(text: Any, kind: str, shape: tuple[int, ...], order: str, fortran: bool) -> Stored:
    """An array whose bytes are spelt as a word of as many letters, as pickles of protocol 2 have it."""
    count = int(np.prod(shape, dtype=object)) * np.dtype(PLAIN[kind]).itemsize

    def read() -> np.ndarray:
        try:
            word = text if isinstance(text, str) else text.all(2 * count).decode("utf-8")
            raw = in_memory(word.encode("latin-1"), getattr(text, "path", None))  # type: ignore[arg-type]
        except (UnicodeError, AttributeError):
            raise DamagedError("an array is spelt in letters that are no bytes") from None
        return stored(raw, kind, shape, order=order, fortran=fortran).read()

    return Stored(kind=kind, shape=shape, read=read)


def _kind(dtype: Any, others: Mapping[str, str]) -> tuple[str, str]:
    """The type and the order of bytes that a pickled ``numpy.dtype`` means."""
    if not isinstance(dtype, Made) or dtype.name != "numpy.dtype" or not dtype.args:
        return "of an unknown type", "<"
    word = str(dtype.args[0])[:20].lstrip("<>=|")
    state = dtype.state if isinstance(dtype.state, tuple) else ()
    order = ">" if len(state) > 1 and state[1] == ">" else "<"
    kind = _KINDS.get(word, f"of type '{word}'")
    return others.get(kind, kind), order
