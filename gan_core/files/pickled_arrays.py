"""NumPy's arrays in pickles, and tables of them, read from what the pickle says: it calls nothing of NumPy's."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from gan_core.errors import DamagedError
from gan_core.files.file_parts import FilePart, in_memory
from gan_core.files.pickles import PickledCall
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
    """Return the arrays in a pickle's value as tables within tables; a value without arrays is left out.

    leaf: returns the array that a value is, or None. inner: returns the table in a value that is no dictionary, list or
    tuple (a module's arrays), or None. Raises `DamagedError` for more than `MOST_ENTRIES` entries, as a table that
    holds itself has.
    """
    left = MOST_ENTRIES

    def walk(value: Any, depth: int) -> Any:
        nonlocal left
        left -= 1
        if left < 0 or depth > DEEPEST:
            raise DamagedError("the file holds tables within tables without end")
        if (array := leaf(value)) is not None:
            return array
        table = _table(value) if isinstance(value, dict | list | tuple) else inner(value)
        if table is None:
            return None
        entries = {str(key): walk(entry, depth + 1) for key, entry in table.items()}
        return {key: entry for key, entry in entries.items() if entry is not None} or None

    arrays = walk(value, 0)
    return {"array": arrays} if isinstance(arrays, Stored) else arrays or {}


def array_in(value: Any, true_kinds: Mapping[str, str] = MappingProxyType({})) -> Stored | None:
    """Return the NumPy array that a call in a pickle would create, or None for any other value.

    true_kinds: the types of numbers that a framework stores under other names, as {"uint16": "bfloat16"}.
    """
    if not isinstance(value, PickledCall):
        return None
    if value.name in _RECONSTRUCT and isinstance(value.state, tuple) and len(value.state) >= 5:
        _, sizes, dtype, fortran, data = value.state[:5]
        return _array(data, _kind(dtype, true_kinds), checked_shape(sizes), bool(fortran))
    if value.name in _FROM_BUFFER and len(value.args) == 4:
        data, dtype, sizes, letter = value.args
        return _array(data, _kind(dtype, true_kinds), checked_shape(sizes), letter == "F")
    return None


def of_ordered(value: Any) -> Mapping[Any, Any] | None:
    """Return the entries of an ordered dictionary, or None for a value that is none."""
    if not isinstance(value, PickledCall) or value.name not in ("collections.OrderedDict", "collections.defaultdict"):
        return None
    items = value.args[0] if value.args and isinstance(value.args[0], list) else []
    pairs = [tuple(item) for item in items if isinstance(item, list | tuple) and len(item) == 2]
    return {key: entry for key, entry in pairs if isinstance(key, str)} | value.items


def _table(value: dict[Any, Any] | list[Any] | tuple[Any, ...]) -> Mapping[Any, Any]:
    return value if isinstance(value, dict) else dict(enumerate(value))


def _array(data: Any, kind_and_order: tuple[str, str], shape: tuple[int, ...], fortran: bool) -> Stored:
    kind, order = kind_and_order
    if kind not in PLAIN:
        return unreadable(kind, shape)
    if isinstance(data, FilePart):
        return stored(data, kind, shape, order=order, fortran=fortran)
    if isinstance(data, PickledCall) and data.name == "_codecs.encode" and data.args:
        return _spelt(data.args[0], kind, shape, order, fortran)
    return unreadable("kept in an old way", shape)


def _spelt(text: Any, kind: str, shape: tuple[int, ...], order: str, fortran: bool) -> Stored:
    """Return an array whose bytes are spelt as a word with a letter for each byte, as pickles of protocol 2 do."""
    count = int(np.prod(shape, dtype=object)) * np.dtype(PLAIN[kind]).itemsize

    def read() -> np.ndarray:
        try:
            word = text if isinstance(text, str) else text.all(2 * count).decode("utf-8")
            raw = in_memory(word.encode("latin-1"), getattr(text, "path", None))  # type: ignore[arg-type]
        except (UnicodeError, AttributeError):
            raise DamagedError("an array is spelt in letters that are no bytes") from None
        return stored(raw, kind, shape, order=order, fortran=fortran).read()

    return Stored(kind=kind, shape=shape, read=read)


def _kind(dtype: Any, true_kinds: Mapping[str, str]) -> tuple[str, str]:
    """Return the type of numbers and the order of bytes that a pickled ``numpy.dtype`` means."""
    if not isinstance(dtype, PickledCall) or dtype.name != "numpy.dtype" or not dtype.args:
        return "of an unknown type", "<"
    word = str(dtype.args[0])[:20].lstrip("<>=|")
    state = dtype.state if isinstance(dtype.state, tuple) else ()
    order = ">" if len(state) > 1 and state[1] == ">" else "<"
    kind = _KINDS.get(word, f"of type '{word}'")
    return true_kinds.get(kind, kind), order
