"""The text that reads tables in time and cuts them into windows, and makes the library's own sines."""

import inspect

from gan_core.data.series import SMALLEST, GoogleStock, SeriesData, SeriesTable, Sines, divided, drawn_sines
from gan_core.programs import data_tables
from gan_core.programs.data_reading import (
    REAL,
    Array,
    Reading,
    Wants,
    quoted,
    random_statements,
    reading,
    statements,
    written,
)

WINDOWS = '''
    def windows(table: np.ndarray) -> np.ndarray:
        """Return windows of $length rows, scaled so that the rows to train on span 0 to 1, [N, $length, F]."""
        parts = divided(len(table), $stretches, $share)
        trained_on = np.concatenate([table[train] for train, _ in parts])
        low, high = trained_on.min(axis=0), trained_on.max(axis=0)
        scaled = (table - low) / (high - low + $smallest)
        found = []
        for rows in parts:
            part = scaled[rows[$part]]
            found += [part[start : start + $length] for start in range(0, len(part) - $length + 1, $step)]
        return np.stack(found)
'''
STOCK = """
    # Google's, of a file that matplotlib brings: no file is read
    days = np.sort(get_sample_data("goog.npz")["price_data"], order="date")
    names = [name for name in days.dtype.names if name != "date"]
    table = np.stack([days[name].astype(float) for name in names], axis=1)
"""
TABLE = """
    names, *rows = cut(path)
    names = [name.strip() for name in names]
    columns = $columns
    table = np.array([[float(row[names.index(name)]) for name in columns] for row in rows])$turned
"""


@reading.register
def _sines(spec: Sines, wants: Wants) -> Reading:
    """Write the making of the sines, which are the library's: both use NumPy's Philox with one key."""
    sizes = f"{spec.series}, {spec.length}, {spec.features}, {spec.fastest}"
    return Reading(
        imports=(),
        default="",
        blocks=(inspect.getsource(drawn_sines).strip(),),
        statements=(
            *random_statements(spec.seed, "sines", "series"),
            f"series = drawn_sines(random, {sizes}).astype(np.{wants.dtype})",
        ),
        arrays={REAL: Array(expression="series", kind="floats")},
        what=f"sines, {wants.dtype} [{spec.series}, {spec.length}, {spec.features}]; no file is read",
        channels=0,
    )


@reading.register
def _stock(spec: GoogleStock, wants: Wants) -> Reading:
    return Reading(
        imports=("from itertools import pairwise", "from matplotlib.cbook import get_sample_data"),
        default="",
        blocks=_windows(spec),
        statements=(*statements(STOCK), f"series = windows(table).astype(np.{wants.dtype})"),
        arrays={REAL: Array(expression="series", kind="floats")},
        what=f"windows of a stock's prices, {wants.dtype} [N, {spec.length}, 6]",
        channels=0,
    )


@reading.register
def _table(spec: SeriesTable, wants: Wants) -> Reading:
    columns = f"[{', '.join(map(quoted, spec.columns))}]" if spec.columns else "names"
    turned = "[::-1]  # the newest comes first" if spec.newest_first else ""
    return Reading(
        imports=("from itertools import pairwise", *data_tables.IMPORTS),
        default=spec.path,
        blocks=(written(data_tables.CUT), *_windows(spec)),
        statements=(
            *statements(TABLE, columns=columns, turned=turned),
            f"series = windows(table).astype(np.{wants.dtype})",
        ),
        arrays={REAL: Array(expression="series", kind="floats")},
        what=f"windows of a table's rows, {wants.dtype} [N, {spec.length}, F]",
        channels=0,
        parameter="path",
    )


def _windows(spec: SeriesData) -> tuple[str, str]:
    sizes = {"length": spec.length, "step": spec.step, "stretches": spec.stretches, "share": spec.test_share}
    text = written(WINDOWS, smallest=SMALLEST, part=("train", "test").index(spec.split), **sizes)
    return inspect.getsource(divided).strip(), text
