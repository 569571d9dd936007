"""The text that reads a table of numbers: whatever separates its columns, with a row of names or without."""

from collections.abc import Sequence

from gan_core.data.arrays import Arrays
from gan_core.data.table_words import MISSING
from gan_core.data.text_tables import LABEL_NAMES
from gan_core.programs.data_reading import quoted, statements, written

IMPORTS = ("import codecs", "import csv")
CUT = '''
    def cut(path: Path) -> list[list[str]]:
        """Return the rows of a table, cut where all of them get the same number of values."""
        if not path.is_file():
            raise SystemExit(f"no file {path}: expected a table of numbers")
        content = path.read_bytes()
        wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        lines = content.decode("utf-16" if wide else "utf-8-sig").splitlines(keepends=True)
        csv.field_size_limit(max(131072, len(content)))
        for separator in ";\\t|, ":
            if separator == " ":
                rows = [line.split() for line in lines]
            else:
                rows = list(csv.reader(lines, delimiter=separator, skipinitialspace=True))
            rows = [row for row in rows if row and not row[0].lower().startswith("sep=")]
            lengths = {len(row) for row in rows if not row[0].startswith("#")}
            if len(lengths) == 1 and (separator == " " or lengths != {1}):
                return rows
        raise SystemExit(f"{path}: its rows have different numbers of values")
'''
IS_NUMBER = '''
    def is_number(word: str) -> bool:
        """Return whether a word stands for a number."""
        try:
            float(word)
        except ValueError:
            return False
        return True
'''
HAS_HEADER = '''
    def has_header(rows: list[list[str]]) -> bool:
        """Return whether the first row holds a word above a number, and so the names of the columns."""
        return any(
            not is_number(name) and name.strip().lower() not in MISSING and is_number(value)
            for name, value in zip(rows[0], rows[1], strict=True)
        )
'''
VALUE = '''
    MISSING = $missing


    def value(word: str) -> float:
        """Return the number that a word stands for, NaN where it says that there is none."""
        return np.nan if word.strip().lower().lstrip("+-") in MISSING else float(word)
'''
POSITION = '''
    def position(names: list[str], column: str) -> int:
        """Return the place of a column by its name, or by its number; -1 is the last."""
        return names.index(column) if column in names else int(column) % len(names)
'''
NAMES = """
    rows = cut(path)
    comments = [row for row in rows if row[0].startswith("#")]
    rows = [row for row in rows if not row[0].startswith("#")]
    names = [comments[-1][0].lstrip("# "), *comments[-1][1:]] if comments else []
    if len(names) != len(rows[0]) or any(map(is_number, names)):  # NumPy writes them as a comment
        $names
"""
NAMES_OF = {
    True: "names, rows = [name.strip() for name in rows[0]], rows[1:]",
    False: "names = [str(number) for number in range(len(rows[0]))]",
    None: "names = [str(number) for number in range(len(rows[0]))]\n"
    "    if has_header(rows):\n"
    "        names, rows = [name.strip() for name in rows[0]], rows[1:]",
}
FIND_LABEL = """
    found = [place for place, name in enumerate(names) if name.lower() in LABEL_NAMES]
    label = found[0] if len(found) == 1 < len(names) else None
"""
FEATURES = """
    if len(columns) > 1 and not any(row[columns[-1]].strip() for row in rows):
        columns = columns[:-1]  # each line ends in a separator
    if len(columns) > 1 and names[columns[0]] in ("", "Unnamed: 0"):
        if all(row[columns[0]].strip() == str(number) for number, row in enumerate(rows)):
            columns = columns[1:]  # the first counts the rows
"""
VALUES = {
    "refuse": """
        samples = np.array([[value(row[column]) for column in columns] for row in rows])
    """,
    "drop": """
        samples = np.array([[value(row[column]) for column in columns] for row in rows])
        whole = ~np.isnan(samples).any(axis=1)
        print(f"{(~whole).sum()} of {len(samples)} rows lack a value and are left out")
        samples = samples[whole]
    """,
}


def table_blocks(spec: Arrays, labels: bool) -> tuple[str, ...]:
    """Return the constants and functions that read a table as text."""
    names = [*spec.columns, *([spec.labels] if spec.labels not in (None, "") else [])]
    by_name = (written(POSITION),) if names else ()
    header = (written(HAS_HEADER),) if spec.header is None else ()
    value = written(VALUE, missing=f"({', '.join(map(quoted, sorted(MISSING)))})")
    label_names = f"LABEL_NAMES = ({', '.join(map(quoted, sorted(LABEL_NAMES)))})"
    constants = (label_names,) if spec.labels is None else ()
    return (*constants, written(CUT), written(IS_NUMBER), value, *header, *by_name, _read_table(spec, labels))


def table_statements(labels: bool) -> tuple[str, ...]:
    """Return the statements that leave ``samples``, and ``labels`` if they are wanted."""
    return ("samples, labels = read_table(path)" if labels else "samples = read_table(path)",)


def _read_table(spec: Arrays, labels: bool) -> str:
    """Return the function that reads the samples, float64 [N, columns], and their labels, words [N], if wanted.

    Which column holds the labels, and which count rows or hold nothing, is decided as `read_table` does.
    """
    lines = [*statements(NAMES, names=NAMES_OF[spec.header])]
    is_asked = labels or not spec.columns
    if spec.labels is None:
        lines += statements(FIND_LABEL) if is_asked else ()
    elif spec.labels != "" and is_asked:
        lines.append(f"label = position(names, {quoted(str(spec.labels))})")
    if spec.columns:
        lines.append(f"columns = [position(names, name) for name in {_words(spec.columns)}]")
    else:
        others = " if place != label" if spec.labels != "" else ""
        lines.append(f"columns = [place for place in range(len(names)){others}]")
        lines += statements(FEATURES)
    lines += statements(VALUES[spec.missing])
    if labels:
        if spec.labels is None:
            lines += ["if label is None:", '    raise SystemExit(f"{path} has no column of labels")']
        lines.append("labels = np.array([row[label].strip() for row in rows])")
        lines += ["labels = labels[whole]"] if spec.missing == "drop" else []
    returned, kind = ("samples, labels", "tuple[np.ndarray, np.ndarray]") if labels else ("samples", "np.ndarray")
    what = "the samples of a table, float64 [N, columns]" + (", and their labels, words [N]" if labels else "")
    head = [f"def read_table(path: Path) -> {kind}:", f'    """Return {what}."""']
    return "\n".join([*head, *(f"    {line}" for line in (*lines, f"return {returned}"))])


def _words(columns: Sequence[str | int]) -> str:
    return f"[{', '.join(quoted(str(column)) for column in columns)}]"
