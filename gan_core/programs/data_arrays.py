"""The text that reads numbers of a user's own: NumPy's files and tables as text."""

from pathlib import PurePath

from gan_core.data.array_values import BYTES
from gan_core.data.arrays import Arrays
from gan_core.programs import data_tables
from gan_core.programs.data_reading import (
    LABEL,
    REAL,
    Array,
    Reading,
    Wants,
    number_text,
    quoted,
    reading,
    statements,
    written,
)

FIND_FILE = """
    if not path.is_file():
        raise SystemExit(f"no file {path}: expected arrays of NumPy's")
"""
SAMPLES_OF = '''
    def samples_of(arrays: dict[str, np.ndarray]) -> np.ndarray:
        """Return the array "samples", or the only one that can be meant: it has more than one axis."""
        names = [name for name, array in arrays.items() if array.ndim > 1]
        if "samples" not in arrays and len(names) != 1:
            raise SystemExit(f"which array holds the samples? The file has {', '.join(arrays)}")
        return arrays["samples" if "samples" in arrays else names[0]]
'''
LABELS_OF = '''
    def labels_of(arrays: dict[str, np.ndarray], samples: np.ndarray) -> np.ndarray:
        """Return the array "labels", or the only one with an integer, or a word, a sample."""
        names = [
            name
            for name, array in arrays.items()
            if array.dtype.kind in "iuUS"
            and array.shape in ((len(samples),), (len(samples), 1))
            and array is not samples
        ]
        if "labels" not in arrays and len(names) != 1:
            raise SystemExit(f"which array holds the labels? The file has {', '.join(arrays)}")
        return arrays["labels" if "labels" in arrays else names[0]]
'''
NUMBERED = '''
    def numbered(labels: np.ndarray) -> np.ndarray:
        """Return labels as 0, 1, …, int64 [N]: the distinct ones, numbers or words, in order."""
        labels = labels.reshape(-1)
        try:
            labels = labels.astype(np.float64)
        except ValueError:  # words
            labels = np.char.strip(labels)
        return np.unique(labels, return_inverse=True)[1].astype(np.int64)
'''
WHOLE_NUMBERS = '''
    def whole_numbers(labels: np.ndarray) -> np.ndarray:
        """Return labels as int64 [N]."""
        numbers = labels.reshape(-1).astype(np.float64)
        if (numbers < 0).any() or (numbers % 1 != 0).any():
            raise SystemExit("labels are to be whole numbers from 0 up")
        return numbers.astype(np.int64)
'''
DROPPED = """
    if samples.dtype.kind == "f":
        whole = ~np.isnan(samples).reshape(len(samples), -1).any(axis=1)
        print(f"{(~whole).sum()} of {len(samples)} samples hold NaN and are left out")
        samples$also = samples[whole]$also_whole
"""
AS_BYTES = """
    if samples.min() >= 0 and samples.max() <= 255 and (samples % 1 == 0).all():
        samples = samples.astype(np.uint8)
    else:
"""
MAPPED = """
    if samples.dtype != np.float32:
        samples = samples.astype(np.float64)
    $ends
    share = (samples - low + (samples - high)) / $width
    samples = $mapped.astype(np.$dtype)
"""
TAKEN = """
    if samples.dtype != np.uint8:
        if samples.dtype.kind != "f":
            raise SystemExit(f"{path}: samples are {samples.dtype}; expected bytes or floats")
        samples = samples.astype(np.$dtype)
"""
FINITE = """
    if not np.isfinite(samples).all():
        raise SystemExit(f"{path}: samples hold NaN or infinity")
"""


@reading.register
def _arrays(spec: Arrays, wants: Wants) -> Reading:
    """Write how a file of arrays is read; one that ends in neither .npy nor .npz is taken for a table as text."""
    ending = PurePath(spec.path).suffix.lower()
    is_table = ending not in (".npy", ".npz")
    labels = wants.labels and ending != ".npy" and spec.labels != ""
    if is_table:
        blocks, lines = [*data_tables.table_blocks(spec, labels)], [*data_tables.table_statements(labels)]
    else:
        blocks, lines = _numpy_file(spec, wants, labels) if ending == ".npz" else ([], _one_array())
        lines += _without_missing(spec, wants, labels)
    if labels:
        blocks.append(written(NUMBERED if spec.renumber_labels else WHOLE_NUMBERS))
        lines.append(f"labels = {'numbered' if spec.renumber_labels else 'whole_numbers'}(labels)")
    may_be_bytes = spec.source_range == BYTES or (spec.source_range is None and not is_table)
    arrays = {REAL: Array(expression="samples", kind="either" if may_be_bytes else "floats")}
    arrays |= {LABEL: Array(expression="labels", kind="labels")} if labels else {}
    arrays |= {name: Array(expression=f"fields[{quoted(name)}]", kind="either") for name in spec.fields}
    return Reading(
        imports=data_tables.IMPORTS if is_table else (),
        default=spec.path,
        blocks=tuple(blocks),
        statements=(*lines, *statements(FINITE), *_shaped(spec, is_table), *_values(spec, wants.dtype, is_table)),
        arrays=arrays,
        what="the samples",
        channels=None,
        value_range=spec.value_range,
        parameter="path",
    )


def _one_array() -> list[str]:
    return [*statements(FIND_FILE), "samples = np.load(path)"]


def _numpy_file(spec: Arrays, wants: Wants, labels: bool) -> tuple[list[str], list[str]]:
    """Return the functions and the statements that take arrays out of an ``.npz`` file, by name where they have one."""
    blocks, lines = [], [*statements(FIND_FILE), "with np.load(path) as file:"]
    by_name = spec.samples is not None and (not labels or spec.labels is not None)
    source = "file" if by_name else "arrays"
    if not by_name:
        others = [name for name in spec.fields if name not in (spec.samples, "samples")]
        without = f" if name not in [{', '.join(map(quoted, others))}]" if others else ""
        lines.append(f"    arrays = {{name: file[name] for name in file.files{without}}}")
    fields = [name for name in spec.fields if name in wants.names]
    if fields:
        names = f"[{', '.join(map(quoted, fields))}]"
        lines.append(f"    fields = {{name: file[name] for name in {names}}}")
    if spec.samples is None:
        blocks.append(written(SAMPLES_OF))
    lines.append(f"    samples = {_entry(source, spec.samples, 'samples_of(arrays)')}")
    if labels:
        if spec.labels is None:
            blocks.append(written(LABELS_OF))
        name = None if spec.labels is None else str(spec.labels)
        lines.append(f"    labels = {_entry(source, name, 'labels_of(arrays, samples)')}")
    return blocks, lines


def _entry(source: str, name: str | None, otherwise: str) -> str:
    return otherwise if name is None else f"{source}[{quoted(name)}]"


def _without_missing(spec: Arrays, wants: Wants, labels: bool) -> list[str]:
    """Return the statements that leave out samples with NaN, and what belongs to them, and make floats of fields."""
    fields = any(name in wants.names for name in spec.fields)
    lines: list[str] = []
    if spec.missing == "drop":
        also, also_whole = (", labels", ", labels[whole]") if labels else ("", "")
        lines += statements(DROPPED, also=also, also_whole=also_whole)
        if fields:
            lines.append("    fields = {name: values[whole] for name, values in fields.items()}")
    if fields:
        lines += [
            "for name, values in fields.items():",
            "    if values.dtype != np.uint8:",
            f"        fields[name] = values.astype(np.{wants.dtype})",
        ]
    return lines


def _shaped(spec: Arrays, is_table: bool) -> list[str]:
    """Return the statements that give samples their axes, channels first."""
    lines = []
    axes = 1 + len(spec.shape) if spec.shape else 2 if is_table else None  # where it is known before the file is read
    if spec.shape:
        lines.append(f"samples = samples.reshape(len(samples), {', '.join(map(str, spec.shape))})")
    if axes is None:
        lines += ["if samples.ndim == 1:", "    samples = samples[:, None]"]
    grey = "samples = samples[:, None]  # grey pictures, of one channel"
    moved = "samples = np.ascontiguousarray(np.moveaxis(samples, -1, 1))"
    has_grey, has_moved = spec.kind != "series" and axes in (None, 3), spec.layout == "channels_last"
    if axes is not None:
        if has_grey:
            lines.append(grey)
        elif has_moved and axes > 2:
            lines.append(moved)
        return lines
    if has_grey:
        lines += ["if samples.ndim == 3:", f"    {grey}"]
    if has_moved:
        lines += [f"{'elif' if has_grey else 'if'} samples.ndim > 2:", f"    {moved}"]
    return lines


def _values(spec: Arrays, dtype: str, is_table: bool) -> list[str]:
    """Return the statements that map samples from the range that they have; bytes stay bytes."""
    source = spec.source_range
    if source is None:
        return [f"samples = samples.astype(np.{dtype})"] if is_table else [*statements(TAKEN, dtype=dtype)]
    low, high = spec.value_range
    middle, half = (low + high) / 2, (high - low) / 2
    if source == "per_feature":
        ends = "low, high = samples.min(axis=0), samples.max(axis=0)"
        width = "np.where(high == low, 1, high - low)"
    else:
        ends, width = f"low, high = {number_text(source[0])}, {number_text(source[1])}", "(high - low)"
    mapped = "share" if (middle, half) == (0, 1) else f"({number_text(middle)} + {number_text(half)} * share)"
    lines = statements(MAPPED, ends=ends, width=width, mapped=mapped, dtype=dtype)
    return [*statements(AS_BYTES), *(f"    {line}" for line in lines)] if source == BYTES else [*lines]
