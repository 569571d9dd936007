"""How data are read by a program of its own: what each kind of data contributes to the program's text.

A kind of data contributes constants and functions, the statements of `load_data`, and the expressions of the arrays
that they leave. Data that are made of other data add theirs to those of their source.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import singledispatch
from string import Template
from textwrap import dedent
from typing import Literal

from gan_core.data.spec import Data
from gan_core.errors import SpecError
from gan_core.experiments.experiment import Experiment
from gan_core.objectives.draws import Draw, LabelsTaken, RealLabels, SecondLabels
from gan_core.randomness import stream
from gan_core.specs.spec import variant_name

REAL, LABEL, SECOND, SECOND_LABEL = "real", "label", "second", "second_label"
NOT_FIELDS = (REAL, LABEL, SECOND, SECOND_LABEL)
NUMPY, PATH, PILLOW = "import numpy as np", "from pathlib import Path", "from PIL import Image"
Kind = Literal["bytes", "floats", "either", "labels"]


@dataclass(frozen=True, kw_only=True)
class Wants:
    """What an experiment draws from its data.

    names: of the arrays, those of `NOT_FIELDS` or of fields. dtype: of floats, as "float32".
    """

    names: frozenset[str]
    dtype: str

    @property
    def labels(self) -> bool:
        """Whether labels are drawn, of the first domain or of the second."""
        return bool(self.names & {LABEL, SECOND_LABEL})

    def of_source(self, *made: str, labels: bool | None = None) -> "Wants":
        """Return what data that are made of others need of them: the samples, and what is passed on.

        made: names of the fields that are made here. labels: whether labels are needed; by default if they are drawn.
        """
        needed = {LABEL} if (self.labels if labels is None else labels) else set()
        return replace(self, names=frozenset({REAL} | needed | (self.names - {*NOT_FIELDS, *made})))


@dataclass(frozen=True, kw_only=True)
class Array:
    """An array that is read.

    expression: its text. kind: "bytes" are uint8, which `scaled` makes floats of; "floats" are floats of the
    experiment's precision; "either" is known from the file alone; "labels" are int64.
    """

    expression: str
    kind: Kind = "bytes"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The text by which data are read.

    imports: lines. default: the path that the program looks at, "" where no file is read. blocks: constants and
    functions, one text each. statements: lines of the body of `load_data`, without indentation.
    arrays: by name, what the statements leave. what: the samples in words, which follow "Return". channels: of
    pictures; 0 for data that are no pictures, None where only the file tells. parameter: what `load_data` calls the
    path that it reads. two_domains: whether there is a second domain.
    """

    imports: tuple[str, ...]
    default: str
    arrays: Mapping[str, Array]
    what: str
    channels: int | None
    value_range: tuple[float, float] = (-1.0, 1.0)
    blocks: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()
    parameter: Literal["folder", "path"] = "folder"
    two_domains: bool = False


@singledispatch
def reading(spec: Data, wants: Wants) -> Reading:
    """Return the text that reads the data of a spec, as `Data.load` reads them; see `reading_of`."""
    raise NotImplementedError(type(spec).__name__)


def reading_of(spec: Data, wants: Wants) -> Reading:
    """Return the text that reads the data of a spec. Raises `SpecError` for a kind of data that has no such text.

    A subclass of a kind that has one may read otherwise, so it is refused too.
    """
    if type(spec) not in reading.registry:
        known = sorted(variant_name(kind.__name__) for kind in reading.registry if kind is not Data)
        raise SpecError(
            f"data of the type {variant_name(type(spec).__name__)} cannot be written as a program, which would need "
            f"its code; expected one of: {', '.join(known)}"
        )
    return reading(spec, wants)


def wants_of(experiment: Experiment) -> Wants:
    """Return what the phases of an experiment draw from its data. Raises `SpecError` for a field with a taken name."""
    draws = [draw for phase in experiment.phases for draw in experiment.draws_of(phase).values()]
    if taken := next((draw.field for draw in draws if draw.field in NOT_FIELDS), None):
        raise SpecError(f"the field '{taken}' of the data has the name of another array of a program; rename it")
    names = {name for name in map(_name_of, draws) if name}
    return Wants(names=frozenset(names), dtype=experiment.training.dtype)


def _name_of(draw: Draw) -> str:
    if isinstance(draw, RealLabels | LabelsTaken):
        return LABEL
    if isinstance(draw, SecondLabels):
        return SECOND_LABEL
    if draw.field or draw.domain is None:
        return draw.field
    return REAL if draw.domain == "first" else SECOND


def written(text: str, **values: object) -> str:
    """Return an indented text from its margin, with `values` in place of ``$name``."""
    return Template(dedent(text).strip("\n")).substitute(values)


def statements(text: str, **values: object) -> tuple[str, ...]:
    """Return the lines of an indented text from its margin, with `values` in place of ``$name``."""
    return tuple(written(text, **values).split("\n"))


def random_statements(seed: int, purpose: str, what: str) -> tuple[str, ...]:
    """Return the statements that open the numbers of `gan_core.randomness.stream` as ``random``, with NumPy alone.

    what: that is drawn from them, in words.
    """
    low, high = stream(seed, purpose).bit_generator.state["state"]["key"].tolist()
    return (
        f"# the key of data.seed={seed} in gan train, for the same {what}; default_rng() would do too",
        f"random = np.random.Generator(np.random.Philox(key=0x{low + (high << 64):X}))",
    )


def number_text(value: float) -> str:
    """Return a number as one would write it: 1.0 as 1."""
    return str(int(value)) if value == int(value) else repr(float(value))


def quoted(text: str) -> str:
    """Return a string's literal in double quotes, where it holds none itself."""
    return f'"{text}"' if text.isprintable() and not set(text) & {'"', "\\"} else repr(text)
