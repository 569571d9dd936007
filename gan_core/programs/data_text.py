"""How a program reads its data, in plain NumPy and Pillow: the part of it that is the same in every framework."""

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gan_core.data.spec import Data
from gan_core.errors import SpecError
from gan_core.experiments.experiment import Experiment
from gan_core.programs import (  # noqa: F401  (register)
    data_arrays,
    data_derived,
    data_files,
    data_folders,
    data_mixed,
    data_pairs,
    data_series,
    data_sounds,
)
from gan_core.programs.data_reading import (
    LABEL,
    NOT_FIELDS,
    NUMPY,
    PATH,
    Array,
    Reading,
    Wants,
    number_text,
    reading_of,
    wants_of,
    written,
)
from gan_core.specs.spec import variant_name

LONGEST_LINE = 100


@dataclass(frozen=True, kw_only=True)
class DataText:
    """How a program reads its data.

    imports: lines, as "from pathlib import Path". default: the path that is read unless the user names another, or ""
    where no file is read. lines: the text of constants and functions; the last function is
    ``load_data(folder: Path) -> dict[str, np.ndarray]``, and ``scaled(batch)`` stands before it if `bytes` names any.
    bytes: the names of the arrays that are uint8, and floats only once `scaled` has read them, batch by batch.
    """

    imports: tuple[str, ...]
    default: str
    lines: tuple[str, ...]
    bytes: tuple[str, ...]


def data_text(experiment: Experiment) -> DataText:
    """Return the text that reads what an experiment's phases draw from its data, as `Data.load` reads it.

    The arrays of ``load_data``, by name: "real", the samples; "label", their labels, int64 [N]; "second" and
    "second_label", those of the second domain; and fields of the data by their names. Pictures are uint8 [N, C, H, W],
    which ``scaled`` maps to the data's range; other numbers are floats of the experiment's dtype already. What is drawn
    (points, sounds, tints, masks, labelled parts) is the library's draw, whose random numbers are NumPy's Philox with
    a key.

    The text raises ``SystemExit`` with one line for what it does not find. It differs from the library in that it
    decodes every JPEG at its full size (which moves pixels by 2 of 255 at most, in pictures far larger than they
    become), takes pictures by the ending of their names alone, stops at one that cannot be read or has more than 8 bits
    a channel, keeps all pictures in memory, and compares no checksums.

    Raises `SpecError` for data of a kind that is written nowhere, such as a user's own, and for what they do not hold.
    """
    return text_of(experiment.data, wants_of(experiment))


def text_of(spec: Data, wants: Wants) -> DataText:
    """Return the text that reads the arrays that are wanted of a spec's data; see `data_text`."""
    found = reading_of(spec, wants)
    names = [name for name in (*NOT_FIELDS, *sorted(wants.names - set(NOT_FIELDS))) if name in wants.names]
    if lacking := next((name for name in names if name not in found.arrays), None):
        word = variant_name(type(spec).__name__)
        raise SpecError(f"the phases read '{lacking}' of the data, which these, of the type {word}, do not hold")
    arrays = {name: found.arrays[name] for name in names}
    of_bytes = tuple(name for name, array in arrays.items() if array.kind in ("bytes", "either"))
    blocks = list(dict.fromkeys(found.blocks))
    if of_bytes:
        blocks.append(_scaled(found, arrays, wants.dtype))
    blocks.append(_load_data(found, arrays))
    return DataText(
        imports=_joined((*found.imports, PATH, NUMPY)),
        default=found.default,
        lines=tuple("\n\n\n".join(blocks).split("\n")),
        bytes=of_bytes,
    )


def _joined(imports: Iterable[str]) -> tuple[str, ...]:
    """Return lines of imports, each once, with all that comes from one module in one line."""
    whole = sorted({line for line in imports if line.startswith("import ")})
    parts: dict[str, set[str]] = {}
    for line in imports:
        if line.startswith("from "):
            module, _, name = line.removeprefix("from ").partition(" import ")
            parts.setdefault(module, set()).add(name)
    return (*whole, *(f"from {module} import {', '.join(sorted(parts[module]))}" for module in sorted(parts)))


def _scaled(found: Reading, arrays: Mapping[str, Array], dtype: str) -> str:
    low, high = found.value_range
    ends = f"{number_text(low)} … {number_text(high)}"
    offset = f" {'+' if low > 0 else '-'} {number_text(abs(low))}" if low else ""
    mapped = f"batch.astype(np.{dtype}) * ({number_text(high - low)} / 255){offset}"
    if all(array.kind != "either" for array in arrays.values()):
        return written(
            '''
            def scaled(batch: np.ndarray) -> np.ndarray:
                """Return a batch of bytes, 0 … 255, as $dtype of $ends."""
                return $mapped
            ''',
            dtype=dtype,
            ends=ends,
            mapped=mapped,
        )
    return written(
        '''
        def scaled(batch: np.ndarray) -> np.ndarray:
            """Return a batch as $dtype: bytes, 0 … 255, as $ends, and floats as they are."""
            if batch.dtype != np.uint8:
                return batch
            return $mapped
        ''',
        dtype=dtype,
        ends=ends,
        mapped=mapped,
    )


def _load_data(found: Reading, arrays: Mapping[str, Array]) -> str:
    entries = [f'"{name}": {array.expression}' for name, array in arrays.items()]
    returned = [f"return {{{', '.join(entries)}}}"]
    if len(returned[0]) + 4 > LONGEST_LINE:
        returned = ["return {", *(f"    {entry}," for entry in entries), "}"]
    what = f"Return {found.what}{', and their labels' if LABEL in arrays else ''}."
    docstring = [f'"""{what}"""']
    if len(docstring[0]) + 4 > LONGEST_LINE:
        docstring = ['"""' + "\n    ".join(textwrap.wrap(what, LONGEST_LINE - 20)), '"""']
    body = [*docstring, *found.statements, *returned]
    signature = f"def load_data({found.parameter}: Path) -> dict[str, np.ndarray]:"
    return "\n".join([signature, *(f"    {line}".rstrip() for line in body)])
