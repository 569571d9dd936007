"""``metrics.csv``: a row a step, a column a scalar, for tables and for pandas."""

import csv
import io
from collections.abc import Mapping

from typing_extensions import override

from gan_core.files.regular_files import append_text
from gan_core.loggers.logger import LoggedRun, LoggedStep, Logger

FILE = "metrics.csv"
FIRST = ("step", "images", "seconds")


class CsvTable(Logger):
    """A table, the run's ``metrics.csv``: a row a step, a column a scalar; scores in columns ``evaluation/NAME``.

    The scalars of a row are the last known ones. A row is added in one write; where a column is new, as at the first
    evaluation, the file is written anew, whole or not at all.
    """

    def __init__(self, run: LoggedRun) -> None:
        super().__init__(run)
        self.rows: list[dict[str, str]] = []
        self.columns: list[str] = list(FIRST)
        self.shown = False

    @override
    def begin(self) -> None:
        self.rows, self.columns, self.shown = [], list(FIRST), False

    @override
    def log(self, step: LoggedStep) -> None:
        row = row_of(step)
        if len(row) == 1:  # a sheet alone
            return
        new = [name for name in row if name not in self.columns]
        self.columns += new
        self.rows.append(row)
        if not self.shown:
            return
        if new:
            self.run.directory.write_text(FILE, self._text(self.rows))
        else:
            append_text(self.run.directory.file(FILE), self._lines([row]))

    @override
    def caught_up(self) -> None:
        self.shown = True
        self.run.directory.write_text(FILE, self._text(self.rows))

    def _text(self, rows: list[dict[str, str]]) -> str:
        return self._lines([dict(zip(self.columns, self.columns, strict=True)), *rows])

    def _lines(self, rows: list[dict[str, str]]) -> str:
        text = io.StringIO()
        csv.DictWriter(text, self.columns, restval="", lineterminator="\n").writerows(rows)
        return text.getvalue()


def row_of(step: LoggedStep) -> dict[str, str]:
    """Return the cells of a step by column; those of what is not known are left out."""
    first: Mapping[str, int | float | None] = {"step": step.step, "images": step.images, "seconds": step.seconds}
    scores = {f"evaluation/{name}": value for name, value in step.scores.items()}
    return {name: repr(value) for name, value in {**first, **step.scalars, **scores}.items() if value is not None}
