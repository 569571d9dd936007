"""Tensors by name in pickles, as ``.pth`` files of published weights have them: archives, and the files of before.

A tensor in them is a call that names its storage, offset, sizes and strides; a module that was saved whole is a table
of its parameters, buffers and modules. Nothing of it is called.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeGuard

from gan_core.errors import DamagedError
from gan_core.files.file_parts import Archive, FilePart, in_memory
from gan_core.files.pickled_arrays import array_in, of_ordered, table_of
from gan_core.files.pickles import CallableName, PersistentId, PickledCall, load_pickle
from gan_core.files.stored_arrays import LARGEST_INDEX_BYTES, PLAIN, Stored, Table, checked_shape, strided, unreadable

_KINDS = {
    "torch.DoubleStorage": "float64",
    "torch.FloatStorage": "float32",
    "torch.HalfStorage": "float16",
    "torch.BFloat16Storage": "bfloat16",
    "torch.LongStorage": "int64",
    "torch.IntStorage": "int32",
    "torch.ByteStorage": "uint8",
    "torch.BoolStorage": "bool",
}
_ITEM_BYTES = {
    "DoubleStorage": 8, "LongStorage": 8, "ComplexFloatStorage": 8, "ComplexDoubleStorage": 16, "FloatStorage": 4,
    "IntStorage": 4, "QInt32Storage": 4, "HalfStorage": 2, "BFloat16Storage": 2, "ShortStorage": 2,
}  # fmt: skip
_MAGIC = 0x1950A86A20F9469CFC6C  # with which files of before 1.6 begin
_WORDS = {"sparse": "sparse", "qtensor": "quantised", "meta": "a tensor of the device 'meta', which has no values"}
_Storage = Callable[[str], FilePart]


def pickled_tensors(part: FilePart) -> Table:
    """Return the arrays in a file, unread. Raises `DamagedError` for a file of another kind."""
    if part.length >= 4 and part.read(0, 4) == b"PK\x03\x04":
        return _of_archive(part)
    return _of_old(part)


def _of_archive(part: FilePart) -> Table:
    archive = Archive(part)
    index = next((name for name in archive.infos if name.endswith("data.pkl") and name.count("/") <= 1), None)
    if index is None:
        raise DamagedError(f"{part.path} is no file of weights: it has no data.pkl")
    folder = index.removesuffix("data.pkl")
    big = f"{folder}byteorder" in archive.infos and archive.read(f"{folder}byteorder", 10) == b"big"
    value, *_ = load_pickle(in_memory(archive.read(index, LARGEST_INDEX_BYTES), part.path))
    storages: dict[str, FilePart] = {}

    def storage(key: str) -> FilePart:
        if key not in storages:
            storages[key] = archive.part(f"{folder}data/{key}")
        return storages[key]

    return _tables(value, storage, ">" if big else "<")


def _of_old(part: FilePart) -> Table:
    """A file of before 1.6: five pickles one after the other, then each storage behind its count of values."""
    place, values, kept = 0, [], []
    for _ in range(5):
        value, place, keys = load_pickle(part, place)
        kept += keys
        values.append(value)
        if values[0] != _MAGIC:
            raise DamagedError(f"{part.path} is no file of weights")
    sizes = {str(key[2]): _ITEM_BYTES.get(str(key[1]).rpartition(".")[2], 1) for key in kept if _is_storage(key)}
    storages: dict[str, FilePart] = {}
    for key in values[4] if isinstance(values[4], list) else []:
        length = int.from_bytes(part.read(place, 8), "little") * sizes.get(str(key), 1)
        storages[str(key)] = part.part(place + 8, length)
        place += 8 + length

    def storage(key: str) -> FilePart:
        if key not in storages:
            raise DamagedError(f"{part.path} lacks the storage '{key[:40]}'")
        return storages[key]

    return _tables(values[3], storage, "<")


def _tables(value: Any, storage: _Storage, order: str) -> Table:
    tables: Table = table_of(value, lambda one: _tensor(one, storage, order), _inner)
    return tables


def _tensor(value: Any, storage: _Storage, order: str) -> Stored | None:
    if not isinstance(value, PickledCall):
        return None
    name = value.name.rpartition(".")[2]
    if name.startswith("_rebuild_parameter") and value.args:
        return _tensor(value.args[0], storage, order)
    if name == "_rebuild_from_type_v2" and len(value.args) >= 3 and isinstance(value.args[2], tuple):
        return _tensor(PickledCall(str(value.args[0]), value.args[2]), storage, order)
    if name in ("_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3") and len(value.args) >= 4:
        return _dense_tensor(value.args, storage, order)
    if value.name.startswith("torch._utils._rebuild"):
        return unreadable(next((text for word, text in _WORDS.items() if word in name), f"made by {name[:40]}"))
    return array_in(value)


def _dense_tensor(args: tuple[Any, ...], storage: _Storage, order: str) -> Stored:
    kept, offset, sizes, steps = args[:4]
    key = kept.key if isinstance(kept, PersistentId) else None
    if not _is_storage(key) or type(offset) is not int:
        raise DamagedError("the file has a tensor without a storage")
    shape, strides = checked_shape(sizes), checked_shape(steps)
    kind = _KINDS.get(str(key[1]), f"of type {str(key[1]).rpartition('.')[2][:40]}")
    if len(args) > 6 and isinstance(args[6], CallableName):  # a storage of bytes, and the type beside it
        kind = str(args[6]).removeprefix("torch.")[:40]
    if kind not in PLAIN or len(shape) != len(strides):
        return unreadable(kind if len(shape) == len(strides) else "of other strides than sizes", shape)
    return strided(storage(str(key[2])), kind, shape, offset, strides, order)


def _is_storage(key: Any) -> TypeGuard[tuple[Any, ...]]:
    return isinstance(key, tuple) and len(key) >= 5 and key[0] == "storage"


def _inner(value: Any) -> Mapping[Any, Any] | None:
    """The table in an ordered dictionary, or in a module that was saved whole."""
    state = value.state if isinstance(value, PickledCall) else None
    if not isinstance(state, dict) or "_parameters" not in state:
        return of_ordered(value)
    parts = [state.get(key) for key in ("_parameters", "_buffers", "_modules")]
    tables = [one if isinstance(one, dict) else of_ordered(one) or {} for one in parts]
    return {key: one for table in tables for key, one in table.items()}
