"""Tables in text files, as spreadsheets, pandas and NumPy write them, whatever separates their columns.

The standard library's csv module cuts lines into fields (quotes, line breaks in them); no table library is needed.
"""

import csv
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

import numpy as np

from gan_core.data.array_files import check_memory, shortened
from gan_core.data.foreign_files import known_form
from gan_core.data.table_words import is_missing, is_number, one_line
from gan_core.errors import DataError, nearest

SNIFFED_ROWS = 100
ROWS_AT_ONCE = 2000
SEPARATORS = (";", "\t", "|", ",")  # a comma last: where another separates, it stands in decimals
MARK = re.compile("sep=.?$", re.IGNORECASE)  # the line by which Excel names its separator
LABEL_NAMES = {"label", "labels", "class", "target"}
BYTES_A_VALUE = 4  # of text at least half of it, of memory 8


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which part of a table to take; the fields are those of `Arrays` with these names."""

    labels: str | int | None = None
    columns: tuple[str | int, ...] = ()
    header: bool | None = None
    missing: Literal["refuse", "drop"] = "refuse"


@dataclass(frozen=True, kw_only=True)
class Table:
    """What was read of a table.

    samples: float64 [count, columns]. labels: words [count], or None. notes: a line for each guess, and for rows that
    are left out.
    """

    samples: np.ndarray
    labels: np.ndarray | None
    notes: tuple[str, ...]


def is_text_table(path: Path) -> bool:
    """Return whether a file is text, by its first bytes and its ending."""
    if path.suffix.lower() in (".npy", ".npz"):
        return False
    with path.open("rb") as file:
        start = file.read(4096)
    if known_form(start):
        return False
    return bool(start) and (start[:2] in (b"\xff\xfe", b"\xfe\xff") or not re.search(rb"[\x00-\x08\x0e-\x1f]", start))


def read_table(path: Path, selection: Selection) -> Table:
    """Return the chosen part of a table. Raises `DataError` with line and column for a value that is no number."""
    check_memory(str(path), BYTES_A_VALUE * path.stat().st_size)
    with one_line(path):
        return TableReader(path, selection).table()


class TableReader:
    """Reads one file: finds its form when it is created, and its rows in `table`."""

    def __init__(self, path: Path, selection: Selection) -> None:
        self.path, self.selection = path, selection
        with path.open("rb") as file:
            start = file.read(2)
        # "utf-8-sig" passes over the mark that spreadsheets put first; "utf-16" reads its mark
        self.encoding = "utf-16" if start in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        self.notes: list[str] = []
        self.separator = self._find_separator()
        first = list(itertools.islice(self.rows(), SNIFFED_ROWS))
        if not first:
            raise DataError(f"{path} is empty")
        self.names, self.skipped = self._find_names([row for _, row in first])
        self.label = self._find_label()
        self.columns = self._find_columns([row for _, row in first[self.skipped :]])

    def table(self) -> Table:
        """Return all rows, read a few thousand at once."""
        parts, labels, incomplete = [], [], []
        rows = itertools.islice(self.rows(), self.skipped, None)
        while block := list(itertools.islice(rows, ROWS_AT_ONCE)):
            self.check_lengths(block)
            values = self._numbers(block)
            whole = ~np.isnan(values).any(axis=1)
            incomplete += [row for row, complete in zip(block, whole, strict=True) if not complete]
            parts.append(values[whole])
            if self.label is not None:
                labels += [row[self.label].strip() for (_, row), complete in zip(block, whole, strict=True) if complete]
        if not parts:
            raise DataError(f"{self.path} holds a row of words and no numbers; expected a table of numbers")
        if incomplete:
            self._report_missing(incomplete, sum(map(len, parts)))
        words = np.array(labels) if self.label is not None else None
        return Table(samples=np.concatenate(parts), labels=words, notes=tuple(self.notes))

    # the form of the file

    def _open(self) -> IO[str]:
        return self.path.open(encoding=self.encoding, newline="")

    def rows(self, separator: str | None = None) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows that are not empty, each with its line number; separator: in place of the file's."""
        separator = separator or self.separator
        with self._open() as file:
            if separator == " ":
                rows: Iterable[tuple[int, list[str]]] = ((line, text.split()) for line, text in enumerate(file, 1))
            else:
                reader = csv.reader(file, delimiter=separator, skipinitialspace=True)
                rows = ((reader.line_num, row) for row in reader)
            yield from ((line, row) for line, row in rows if row and not (len(row) < 3 and MARK.match(row[0])))

    def _find_separator(self) -> str:
        """Return the separator that cuts each of the first rows into the same number of fields, above 1.

        If there is none, it is the separator that cuts them into most fields.
        """
        counts = {separator: self._field_counts(separator) for separator in (*SEPARATORS, " ")}
        for separator, lengths in counts.items():
            if lengths[0] > 1 and len(set(lengths)) == 1:
                return separator
        return max(SEPARATORS, key=lambda separator: sorted(counts[separator])[len(counts[separator]) // 2])

    def _field_counts(self, separator: str) -> list[int]:
        rows = itertools.islice(self.rows(separator), SNIFFED_ROWS)
        try:
            return [len(row) for _, row in rows if not row[0].startswith("#")] or [0]
        except csv.Error:  # a line of many values is one field too long for it, if they are not separated so
            return [0]

    def _find_names(self, rows: Sequence[list[str]]) -> tuple[list[str], int]:
        """Return the columns' names (numbers from 0 if there is no header), and how many rows precede the samples."""
        comments = sum(1 for _ in itertools.takewhile(lambda row: row[0].startswith("#"), rows))
        body = rows[comments:]
        if comments:  # NumPy writes a header as a comment
            last = [rows[comments - 1][0].lstrip("# "), *rows[comments - 1][1:]]
            if body and len(last) == len(body[0]) and not any(map(is_number, last)):
                return last, comments
        if not body:
            raise DataError(f"{self.path} is empty: it holds comments alone")
        is_header = self.selection.header
        if is_header is None:
            is_header = self._looks_like_header(body)
        names = [name.strip() for name in body[0]] if is_header else [str(number) for number in range(len(body[0]))]
        return names, comments + is_header

    def _looks_like_header(self, rows: Sequence[list[str]]) -> bool:
        """Return whether the first row holds words over numbers. Raises `DataError` for one that counts columns."""
        first = [field.strip() for field in rows[0]]
        counted = first[1:] if first[0] == "" else first
        if len(counted) > 1 and counted == [str(number) for number in range(len(counted))]:
            raise DataError(
                f"{self.path}: its first row is 0, 1, …, {len(counted) - 1}: set data.header=true if these are names "
                "of columns (pandas writes such), data.header=false if they are the first sample"
            )
        if not any(map(is_number, first)):
            return len(rows) > 1 or not all(map(is_missing, first))
        under = rows[1] if len(rows) > 1 else []
        return any(
            not is_number(name) and not is_missing(name) and is_number(value)
            for name, value in zip(first, under, strict=False)
        )

    # what is taken

    def _find_label(self) -> int | None:
        column = self.selection.labels
        if column == "":
            return None
        if column is not None:
            return self._position(column, "labels")
        named = [index for index, name in enumerate(self.names) if name.lower() in LABEL_NAMES]
        if len(named) != 1 or len(self.names) == 1:
            return None
        name = self.names[named[0]]
        self.notes.append(
            f"{self.path}: column '{shortened(name)}' is taken for labels; data.labels='' makes it a feature"
        )
        return named[0]

    def _find_columns(self, rows: Sequence[list[str]]) -> list[int]:
        if self.selection.columns:
            return [self._position(name, "columns") for name in self.selection.columns]
        columns = [index for index in range(len(self.names)) if index != self.label]
        if len(columns) > 1 and self._holds_nothing(columns[-1], rows):  # each line ends in a separator
            columns = columns[:-1]
        if len(columns) > 1 and self._counts_rows(columns[0], rows):
            self.notes.append(f"{self.path}: its first column has no name and counts the rows; it is left out")
            columns = columns[1:]
        if not columns:
            raise DataError(f"{self.path} has no column beside the labels'; expected one or more with numbers")
        return columns

    def _holds_nothing(self, column: int, rows: Sequence[list[str]]) -> bool:
        named = self.skipped and self.names[column]
        return not named and all(len(row) > column and not row[column].strip() for row in rows)

    def _counts_rows(self, column: int, rows: Sequence[list[str]]) -> bool:
        if self.names[column] not in ("", "Unnamed: 0"):
            return False
        return all(len(row) > column and row[column].strip() == str(number) for number, row in enumerate(rows))

    def _position(self, column: str | int, field: str) -> int:
        """Return the position of a column by name, or by number (from 0, or from −1 at the end)."""
        name = str(column)
        positions = [index for index, column_name in enumerate(self.names) if column_name == name]
        if len(positions) > 1:
            raise DataError(f"{self.path}: {len(positions)} columns are called '{shortened(name)}'; rename them")
        if positions:
            return positions[0]
        if re.fullmatch(r"-?\d{1,6}", name) and -len(self.names) <= int(name) < len(self.names):
            return int(name) % len(self.names)
        known = [shortened(column_name) for column_name in self.names[:20]]
        raise DataError(f"{self.path}: data.{field}: no column '{shortened(name)}'{nearest(name, known)}")

    # numbers

    def check_lengths(self, block: Sequence[tuple[int, list[str]]]) -> None:
        """Raise `DataError` with the line for a row that is longer or shorter than the names."""
        for line, row in block:
            if len(row) != len(self.names):
                raise DataError(f"{self.path}: line {line} has {len(row)} fields; expected {len(self.names)}")

    def _numbers(self, block: Sequence[tuple[int, list[str]]]) -> np.ndarray:
        """Return the chosen columns of a block of rows, float64 [rows, columns]; NaN where a value is missing."""
        chosen = [[row[column] for column in self.columns] for _, row in block]
        try:
            return np.array(chosen, np.float64)
        except ValueError:
            filled = [["nan" if is_missing(field) else field for field in row] for row in chosen]
        try:
            return np.array(filled, np.float64)
        except ValueError:
            raise self._no_number(block, filled) from None

    def _no_number(self, block: Sequence[tuple[int, list[str]]], filled: Sequence[list[str]]) -> DataError:
        row, column = next((r, c) for r, fields in enumerate(filled) for c, f in enumerate(fields) if not is_number(f))
        text, line = filled[row][column].strip(), block[row][0]
        place = f"{self.path}: line {line}, column '{shortened(self.names[self.columns[column]])}'"
        if re.fullmatch(r"[-+]?[\d.]*\d,\d+([eE][-+]?\d+)?", text):
            return DataError(
                f"{place}: '{shortened(text)}' has a comma in a number; expected a point, as "
                "pandas.read_csv(…, decimal=',').to_csv(…, index=False) writes it"
            )
        return DataError(
            f"{place}: '{shortened(text)}' is no number; expected numbers, or name the column of labels with "
            "data.labels, or the columns to take with data.columns"
        )

    def _report_missing(self, incomplete: Sequence[tuple[int, list[str]]], complete: int) -> None:
        """Note the rows that lack a value; raise `DataError` unless they may be left out and some rows are complete."""
        empty = [
            column for column in self.columns if not complete and all(is_missing(row[column]) for _, row in incomplete)
        ]
        if empty:
            name = shortened(self.names[empty[0]])
            raise DataError(f"{self.path}: column '{name}' holds no value in any row; leave it out with data.columns")
        line, row = incomplete[0]
        name = shortened(next(self.names[column] for column in self.columns if is_missing(row[column])))
        count, rows = len(incomplete), len(incomplete) + complete
        text = f"{self.path}: {count:,} of {rows:,} rows lack a value, first line {line} in column '{name}'"
        if self.selection.missing == "refuse" or not complete:
            raise DataError(
                f"{text}; fill them in, leave columns out with data.columns, or rows with data.missing=drop"
            )
        self.notes.append(f"{text}; these rows are left out")
