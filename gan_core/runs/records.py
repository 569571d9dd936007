"""What the JSON files of a run hold, and their reading: types and ranges first, so that nothing foreign gets further.

Fields that are not named here are kept and not judged: later versions and other parts of this one add theirs.
"""

import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from gan_core.errors import UsageError
from gan_core.experiments.user_modules import ModuleRecord
from gan_core.files.format_version import check_format
from gan_core.files.regular_files import kind_of, read_file

LARGEST_JSON_BYTES = 64 * 2**20
LARGEST_LINES_BYTES = 2**30
LARGEST_LINE_BYTES = 2**20
MOST_NAMES = 1000  # of scalars in a line
T = TypeVar("T")
Step = Annotated[int, msgspec.Meta(ge=1, le=2**53)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class HistoryEntry(msgspec.Struct, kw_only=True):
    """One process's part of a run. last_step: None while the process runs, or if it was killed."""

    first_step: Step
    last_step: Count | None = None
    experiment_sha256: str
    backend: str


class Imported(msgspec.Struct, kw_only=True):
    """The file that a network's weights came from, where they were not trained in this run. step: of the run, then."""

    step: Count
    network: str
    file: str
    sha256: str


class EnvironmentFile(msgspec.Struct, kw_only=True):
    """``environment.json``: the framework of the last process, how many samples the data have, and the history.

    earlier_experiments: checksums of experiments whose steps were all computed anew. first_checkpoint: the step of the
    first checkpoint that took its name; a run that has it never begins anew. imported: where weights came from.
    imports: the user's own modules that the run needs.
    """

    backend: str
    samples: Count | None = None
    first_checkpoint: Count | None = None
    history: list[HistoryEntry] = []
    earlier_experiments: list[str] = []
    imported: list[Imported] = []
    imports: list[ModuleRecord] = []


class ScoreRow(msgspec.Struct, kw_only=True):
    """A row of ``evaluation.json``, as `gan_core.evaluation.scorer.Row`.

    value: None where it is no number. interval: None where none was worked out.
    """

    metric: str
    value: float | None = None
    deviation: float | None = None
    floor: float | None = None
    unit: str = ""
    better: str = ""
    extractor: str = ""
    generated: int = 0
    real: int = 0
    split: str = ""
    interval: tuple[float, float] | None = None
    parts: list[float] = []
    share_of: Count = 0


class EvaluationFile(msgspec.Struct, kw_only=True):
    """What is read of ``evaluation.json``; classes: "generated" and "real" → the share of each class.

    data: the identity of the data. reference: the split of the real samples, and how many they are. seed: theirs.
    """

    step: int = 0
    checkpoint: str | int = ""
    extractor: str = ""
    generated: int = 0
    notes: list[str] = []
    rows: list[ScoreRow] = []
    classes: dict[str, list[float]] = {}
    data: dict[str, Any] = {}
    reference: dict[str, Any] = {}
    seed: int = 0


class DoneFile(msgspec.Struct, kw_only=True):
    """``done.json``: the last step, the seconds of all steps and of one, and 10⁹ operations a second."""

    step: Count
    seconds: float = 0.0
    step_seconds: float | None = None
    gflops: float | None = None


class MetricsLine(msgspec.Struct, kw_only=True):
    """A line of ``metrics.jsonl``; every other field is a scalar, named ``phase/name``.

    of_step: phase → the step of its scalars, where that is not the line's. images: real samples seen so far. seconds:
    the time of all steps so far.
    """

    step: Step
    of_step: dict[str, Count] = {}
    images: Count = 0
    seconds: float = 0.0


class EvaluationLine(msgspec.Struct, kw_only=True):
    """A line of ``evaluations.jsonl``; every other field is a score.

    best: whether it was the best so far. generated, real: numbers of samples. split: which data the real ones are.
    epoch: how many epochs had passed, None where none ever do. class_shares: the share of each class among the samples,
    where the extractor knows classes. floors: score → what real samples get in place of generated ones.
    """

    step: Step
    best: bool = False
    extractor: str = ""
    generated: Count = 0
    real: Count = 0
    split: str = ""
    epoch: float | None = None
    class_shares: list[float] = []
    floors: dict[str, float] = {}


def read_table(path: Path) -> dict[str, Any]:
    """Return the table that a JSON file holds. Raises `UsageError` if it is missing, foreign, or of a newer version."""
    try:
        raw = read_file(path, LARGEST_JSON_BYTES)
        if raw is None:
            raise UsageError(f"{path} is larger than {LARGEST_JSON_BYTES} bytes; that is no file of ours")
        plain = json.loads(raw.decode("utf-8"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is damaged: {str(error).splitlines()[0][:200]}") from None
    if not isinstance(plain, dict):
        raise UsageError(f"{path} is damaged: expected a table, got {type(plain).__name__}")
    check_format(path, plain)
    return plain


def checked(path: Path, plain: Mapping[str, Any], kind: type[T]) -> T:
    """Return a table as what it should be. Raises `UsageError` that names the file and the field."""
    try:
        return msgspec.convert(plain, kind)
    except (msgspec.ValidationError, RecursionError) as error:
        reason = str(error).splitlines()[0].replace("`$.", "`")[:200]
        raise UsageError(f"{path} is damaged, or no file of a run: {reason}") from None


def metrics_line(row: Mapping[str, Any]) -> bool:
    """Whether a table is a line of ``metrics.jsonl``: a step and scalars, not so many that nobody could read them."""
    scalars = [value for name, value in row.items() if is_scalar(name)]
    return len(row) <= MOST_NAMES and _fits(row, MetricsLine) and all(map(is_number, scalars))


def evaluation_line(row: Mapping[str, Any]) -> bool:
    """Whether a table is a line of ``evaluations.jsonl``: a step, whose the scores are, and the scores."""
    return len(row) <= MOST_NAMES and _fits(row, EvaluationLine)


def is_scalar(name: str) -> bool:
    """Whether a name of a line of metrics is that of a scalar, ``phase/name``."""
    return "/" in name


def is_number(value: Any) -> bool:
    """Whether a value from JSON is a number that can be shown and compared; NaN is one."""
    return isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool) and abs(value) <= 2**53)


def read_lines(path: Path, is_line: Callable[[Mapping[str, Any]], bool]) -> list[dict[str, Any]]:
    """Return the tables of a JSON Lines file that are lines of its kind; one that was cut short is left out.

    [] where there is no file. Raises `UsageError` for one that no training wrote.
    """
    if kind_of(path) is None:
        return []
    try:
        raw = read_file(path, LARGEST_LINES_BYTES)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    if raw is None:
        raise UsageError(f"{path} is larger than {LARGEST_LINES_BYTES} bytes; that is no file of ours")
    rows = []
    for line in raw.splitlines():
        with contextlib.suppress(ValueError, RecursionError):
            row = json.loads(line) if len(line) <= LARGEST_LINE_BYTES else None
            if isinstance(row, dict) and is_line(row):
                rows.append(row)
    return rows


def as_lines(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return tables as the text of a JSON Lines file."""
    return "".join(json.dumps(row) + "\n" for row in rows)


def each_once(rows: Sequence[dict[str, Any]], keep: Callable[[int], bool]) -> list[dict[str, Any]]:
    """Return the lines of the steps to keep, of each step the first."""
    kept: list[dict[str, Any]] = []
    for row in rows:
        if keep(row["step"]) and (not kept or row["step"] > kept[-1]["step"]):
            kept.append(row)
    return kept


def _fits(row: Mapping[str, Any], kind: type) -> bool:
    try:
        msgspec.convert(row, kind)
    except msgspec.ValidationError:
        return False
    return True
