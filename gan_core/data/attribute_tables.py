"""Tables of attributes beside pictures: for each file, which of some attributes it has.

Two forms are read: CelebA's ``list_attr_celeba.txt`` (the number of rows; the names of the attributes; then, row by
row, a file and 1 or −1 for each), and text with separators, whose first row names the columns and whose first column
names the files.
"""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gan_core.data.array_files import check_memory, shortened
from gan_core.data.places import find_file
from gan_core.errors import DataError, GanError, nearest

SEPARATORS = (",", ";", "\t", "|")
VALUES = {"1": True, "+1": True, "-1": False, "0": False}
BYTES_A_BYTE = 2  # of memory for each of a table's
NAMES_SHOWN = 3


@dataclass(frozen=True, kw_only=True)
class AttributeTable:
    """A table of attributes.

    names: of the attributes that were asked for, in that order. rows: the name of a file → bool [attributes].
    """

    path: Path
    names: tuple[str, ...]
    rows: dict[str, np.ndarray]

    def of(self, files: Sequence[str]) -> np.ndarray:
        """Return the attributes of files, bool [files, attributes]. Raises `DataError` for files without a row.

        A file is known by its name relative to the folder of pictures, or by its own name alone.
        """
        keys = [name if name in self.rows else name.rpartition("/")[2] for name in files]
        lacking = [name for name, key in zip(files, keys, strict=True) if key not in self.rows]
        if lacking:
            shown = ", ".join(lacking[:NAMES_SHOWN]) + (", …" if len(lacking) > NAMES_SHOWN else "")
            have = "1 picture has" if len(lacking) == 1 else f"{len(lacking):,} pictures have"
            raise DataError(f"{self.path}: {have} no row: {shown}; expected one for each file, by its name")
        return np.stack([self.rows[key] for key in keys])


def find_table(name: str, folder: Path, data_dir: Path | None) -> Path:
    """Return the path of a table: in the folder of pictures, beside it, or where data are looked for."""
    beside = (place / Path(name).expanduser() for place in (folder, folder.resolve().parent))
    return next((path for path in beside if path.is_file()), None) or find_file(name, data_dir)


def read_attributes(path: Path, names: Sequence[str]) -> AttributeTable:
    """Return the table in a file.

    names: of the attributes to take, in this order; () takes all. Raises `DataError` with the line for what is no such
    table, and with the nearest name for one that it does not have.
    """
    with _one_line(path):
        check_memory(str(path), BYTES_A_BYTE * path.stat().st_size)
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = _lines(file)
            return _read(path, lines, tuple(names))


@contextmanager
def _one_line(path: Path) -> Iterator[None]:
    try:
        yield
    except GanError:
        raise
    except (csv.Error, OSError, UnicodeError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or "it is no text in UTF-8"
        raise DataError(f"{path} cannot be read as a table of attributes ({reason})") from None


def _lines(file: Iterator[str]) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not empty, each with its number."""
    return ((number, line.strip("\r\n")) for number, line in enumerate(file, 1) if line.strip())


def _read(path: Path, lines: Iterator[tuple[int, str]], asked: tuple[str, ...]) -> AttributeTable:
    _, first = next(lines, (0, ""))
    promised = int(first) if first.strip().isdecimal() else None
    if promised is not None:
        _, header = next(lines, (0, ""))
        separator, known = None, header.split()
    else:
        separator = max(SEPARATORS, key=first.count)
        known = [field.strip() for field in next(csv.reader([first], delimiter=separator), [])][1:]
    if not known:
        raise DataError(
            f"{path} is no table of attributes; expected CelebA's form (the number of rows, the names, then a file and "
            "1 or -1 for each), or a header and rows of a file and 0 or 1 for each, with commas"
        )
    names = asked or tuple(known)
    columns = [1 + _position(path, known, name) for name in names]
    rows: dict[str, np.ndarray] = {}
    for number, line in lines:
        fields = line.split() if separator is None else next(csv.reader([line], delimiter=separator))
        if len(fields) != len(known) + 1:
            raise DataError(f"{path}: line {number} has {len(fields)} fields; expected a file and {len(known)} values")
        if (file := fields[0].strip()) in rows:
            raise DataError(f"{path}: line {number}: '{shortened(file)}' has a row already; expected one a file")
        rows[file] = _values(path, number, [(known[column - 1], fields[column].strip()) for column in columns])
    if promised not in (None, len(rows)):
        raise DataError(f"{path}: its first line promises {promised:,} rows, and it holds {len(rows):,}; get it again")
    return AttributeTable(path=path, names=names, rows=rows)


def _position(path: Path, known: Sequence[str], name: str) -> int:
    if known.count(name) > 1:
        raise DataError(f"{path}: {known.count(name)} attributes are called '{shortened(name)}'; rename them")
    if name not in known:
        hint = nearest(name, [shortened(word) for word in known[:50]])
        raise DataError(f"{path}: data.attribute_names: no attribute '{shortened(name)}'{hint}")
    return known.index(name)


def _values(path: Path, number: int, fields: Sequence[tuple[str, str]]) -> np.ndarray:
    try:
        return np.array([VALUES[text] for _, text in fields])
    except KeyError:
        name, text = next((name, text) for name, text in fields if text not in VALUES)
    raise DataError(f"{path}: line {number}, '{shortened(name)}': expected 1, 0 or -1, got '{shortened(text)}'")
