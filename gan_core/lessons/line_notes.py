"""Which lines of programs side by side stand where frameworks differ."""

from collections.abc import Sequence

from gan_core.experiments.experiment import Experiment
from gan_core.lessons.alignment import Cell, Topic
from gan_core.lessons.differences import Row, rows_of_line


def line_notes(topics: Sequence[Topic], rows: Sequence[Row], experiment: Experiment) -> dict[int, list[str]]:
    """Return the names of the rows that concern each cell, by its identity; cells that none concerns are left out.

    What concerns one line concerns all of its key, and a line without a key those beside it.
    """
    groups: dict[tuple[str, int], list[Cell]] = {}
    for number, cells in enumerate(row for topic in topics for row in topic.rows):
        for cell in cells:
            if cell is not None:
                group = (cell.key, 0) if cell.key else ("", id(cell) if cell.alone else number)
                groups.setdefault(group, []).append(cell)
    found: dict[int, list[str]] = {}
    for members in groups.values():
        concerning = [row for cell in members for row in rows_of_line(rows, experiment, cell.key, cell.text)]
        if names := [row.name for row in rows if row in concerning]:
            found |= {id(cell): names for cell in members}
    return found
