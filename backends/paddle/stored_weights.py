"""What Paddle's files hold, read without Paddle: a pickle of NumPy arrays by name, of which nothing is called."""

from typing import Any

from gan_core.files.file_parts import FilePart
from gan_core.files.pickled_arrays import array_in, of_ordered, table_of
from gan_core.files.pickles import PickledCall, load_pickle
from gan_core.files.stored_arrays import Stored, Table

SUFFIXES: tuple[str, ...] = (".pdparams",)
IGNORED: tuple[str, ...] = ()


def stored_weights(part: FilePart) -> Table:
    """Return the arrays in a file. Raises `DamagedError` for what is no pickle."""
    value, *_ = load_pickle(part)
    tables: Table = table_of(value, _tensor, of_ordered)
    return tables


def _tensor(value: Any) -> Stored | None:
    """An array, alone or beside its name in Paddle's program; bfloat16 is spelt as uint16."""
    if isinstance(value, PickledCall) and value.name.endswith((".tuple", ".eval")) and value.args:
        value = value.args[0] if value.name.endswith(".tuple") else value.args[-1]
    if isinstance(value, dict) and value.keys() == {"data"}:
        value = value["data"]
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
        value = value[1]
    return array_in(value, {"uint16": "bfloat16"})
