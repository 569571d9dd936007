"""The report of runs that train, served on this machine alone: a page that asks now and then whether there is news.

Nothing is written into a run. A page is made when somebody asks for it and something has changed; sheets that were read
before are not read again.
"""

import os
import threading
import time
from collections.abc import Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from typing import Any

from typing_extensions import override

from gan_core.errors import GanError, UsageError
from gan_core.pages.templates import safe_json
from gan_core.printing import Tell, silent
from gan_core.reports import pictures
from gan_core.reports.page import Report, page
from gan_core.reports.pictures import Sheets
from gan_core.reports.record import RunRecord
from gan_core.reports.report import read_records
from gan_core.reports.words import Words, read_words

HOST = "127.0.0.1"
PORT = 8420
WATCHED = ("metrics.jsonl", "evaluations.jsonl", "evaluation.json", "done.json", "environment.json", "experiment.toml")
LARGEST_SHARE = 0.1  # of the time, for making pages
FOLDERS = ("samples", "evaluation", "checkpoints")


class WatchedRuns:
    """Runs whose page is made anew when something in them has changed. Raises as `read_records` when it is made.

    largest_share: of the time, for making pages: news wait so long that a long run's page holds up no training.
    """

    def __init__(
        self,
        runs: Sequence[str | Path],
        words: Words,
        allow_imports: bool = False,
        largest_share: float = LARGEST_SHARE,
    ) -> None:
        self.runs, self.words, self.allow_imports = [Path(run) for run in runs], words, allow_imports
        self.largest_share = largest_share
        self._made_at, self._seconds = -float("inf"), 0.0
        self._lock = threading.Lock()
        self._sheets: dict[Path, tuple[Any, Sheets]] = {}
        self._page: tuple[str, str] | None = None
        read_records(self.runs, allow_imports)

    def news(self) -> str:
        """Return a word that changes when there is something new, and it is cheap to tell."""
        if self._page is not None and time.monotonic() - self._made_at < self._seconds / self.largest_share:
            return self._page[0]
        return self._stamp()

    def _stamp(self) -> str:
        """A word that changes with the files of the runs."""
        marks = []
        for run in self.runs:
            marks += [_mark(run / name) for name in (*WATCHED, *FOLDERS)]
        return "-".join(marks)

    def page(self) -> str:
        """Return the page of the moment. Raises `GanError` for a run that is gone."""
        with self._lock:
            stamp, start = self._stamp(), time.monotonic()
            if self._page is None or self._page[0] != stamp:
                records = read_records(self.runs, self.allow_imports)
                sheets = {record.path: self._sheets_of(record, len(records)) for record in records}
                made = Report(records=records, version=version("gan-core"), following=True, sheets=sheets)
                self._page = stamp, page(made, self.words)
                self._made_at = time.monotonic()
                self._seconds = self._made_at - start
            return self._page[1]

    def _sheets_of(self, record: RunRecord, runs: int) -> Sheets:
        key = [(step, _mark(path)) for step, path in record.sheets.items()]
        known = self._sheets.get(record.path)
        if known is None or known[0] != key:
            known = key, pictures.sheets(dict(record.sheets), pictures.BUDGET // runs)
            self._sheets[record.path] = known
        return known[1]


def watch_runs(
    runs: Sequence[str | Path],
    port: int = PORT,
    *,
    language: str = "en",
    allow_imports: bool = False,
    tell: Tell = silent,
) -> None:
    """Serve the report of runs on this machine until Ctrl-C.

    port: 0 is any free one. language, allow_imports: see `report`. tell: is told in a line where the page is. Raises
    `UsageError` for a port that is taken, and as `report` does.
    """
    watched = WatchedRuns(runs, read_words(language), allow_imports)
    with server(watched, port) as serving:
        try:
            tell(f"the report is at http://{HOST}:{serving.server_address[1]}/ while this runs; Ctrl-C ends it")
            serving.serve_forever(poll_interval=0.2)
        except KeyboardInterrupt:
            tell("the report is not served any more; the run goes on")


def server(watched: WatchedRuns, port: int) -> ThreadingHTTPServer:
    """Return a server of a page, which listens to this machine alone. Raises `UsageError` for a port that is taken."""

    class Handler(_Handler):
        runs = watched

    try:
        return _Server((HOST, port), Handler)
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(f"port={port}: {reason.lower()}; name another, or 0 for any free one") from None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = os.name == "posix"  # elsewhere it would share a port that is taken


class _Handler(BaseHTTPRequestHandler):
    """Answers with the page, or with whether it has changed. A page of another site cannot ask: its host is checked."""

    runs: WatchedRuns
    server_version, sys_version = "gan-report", ""

    def do_GET(self) -> None:
        """Answer a request."""
        host = (self.headers.get("Host") or "").rpartition(":")[0]
        if host not in (HOST, "localhost"):
            self._answer(HTTPStatus.FORBIDDEN, "text/plain", "this page is for this machine alone")
            return
        try:
            match self.path.partition("?")[0]:
                case "/" | "/page":
                    self._answer(HTTPStatus.OK, "text/html", self.runs.page())
                case "/state":
                    self._answer(HTTPStatus.OK, "application/json", safe_json({"stamp": self.runs.news()}))
                case _:
                    self._answer(HTTPStatus.NOT_FOUND, "text/plain", "nothing is here")
        except GanError as error:
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", str(error))

    def _answer(self, status: HTTPStatus, kind: str, text: str) -> None:
        raw = text.encode("utf-8")
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(raw)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        try:
            self.wfile.write(raw)
        except ConnectionError:  # the reader went away
            self.close_connection = True

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: a line for each question would bury all else."""


def _mark(path: Path) -> str:
    """A word that changes with a file, or with what a folder holds."""
    try:
        found = os.lstat(path)
    except OSError:
        return "0"
    return f"{found.st_mtime_ns:x}.{found.st_size:x}"
