"""`report`: the page of a run, or of several side by side, as one HTML file."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from gan_core.errors import UsageError
from gan_core.files.regular_files import kind_of
from gan_core.files.whole_files import written_whole
from gan_core.reports.page import Report, page
from gan_core.reports.record import RunRecord, read_record
from gan_core.reports.walk import draw_walk
from gan_core.reports.words import read_words
from gan_core.runs.opened import OpenedRun

FILE = "report.html"
MARK = b'<meta name="generator" content="gan-core report">'
HEAD = 4096  # bytes, among which the mark stands
MOST_RUNS = 12  # lines that a reader can tell apart


def report(
    runs: str | Path | OpenedRun | Sequence[str | Path | OpenedRun],
    out: str | Path | None = None,
    *,
    language: str = "en",
    walk: bool = False,
    device: str = "cpu",
    data_dir: str | Path | None = None,
    allow_imports: bool = False,
    command: str = "",
) -> Path:
    """Write the report of a run, or of several side by side, and return its path.

    It reads what the runs have left and needs no framework. out: a file that ends in .html; by default
    ``report.html``, of one run in its directory, of several here. A report that is there is replaced. language: "en" or
    "zh". walk: whether each run's own framework first draws a walk between latents into ``samples/walk.png``; device,
    data_dir: of that. allow_imports: whether the modules that the runs have kept may run. command: that the page names.

    Raises `UsageError` for a folder that is no run, a run that is named twice, and a file that is there and no report;
    `WriteError`.
    """
    words = read_words(language)
    listed = [runs] if isinstance(runs, str | Path | OpenedRun) else list(runs)
    records = read_records([run.path if isinstance(run, OpenedRun) else run for run in listed], allow_imports)
    path = _checked_file(records, out)
    if walk:
        for record in records:
            opened = OpenedRun(record.path, allow_imports=allow_imports)
            draw_walk(opened, opened.machine(None, device, data_dir))
    text = page(Report(records=records, version=version("gan-core"), command=command), words)
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
    return path


def read_records(runs: Sequence[str | Path], allow_imports: bool) -> list[RunRecord]:
    """Return what runs have left. Raises `UsageError` for none, too many, one twice, and what is no run."""
    if not runs:
        raise UsageError("expected at least one run")
    if len(runs) > MOST_RUNS:
        raise UsageError(f"{len(runs)} runs: expected at most {MOST_RUNS}, whose lines can be told apart")
    seen: dict[Path, str | Path] = {}
    for run in runs:
        known = seen.setdefault(Path(run).resolve(), run)
        if known is not run:
            raise UsageError(f"{run} stands twice among the runs: name each once")
    return [read_record(run, allow_imports=allow_imports) for run in runs]


def _checked_file(records: Sequence[RunRecord], out: str | Path | None) -> Path:
    """Return where the page goes. Raises `UsageError` for a file of another kind, and for one that is no report."""
    if out is None and len(records) == 1:
        return records[0].directory.file(FILE)
    path = Path(FILE if out is None else out)
    if path.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"out={path}: expected a file that ends in .html")
    if not path.parent.is_dir():
        raise UsageError(f"out={path}: the folder {path.parent} does not exist")
    if kind_of(path) is not None and not _is_report(path):
        raise UsageError(f"out={path} exists already and is no report; name another file, or remove it")
    return path


def _is_report(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return MARK in file.read(HEAD)
