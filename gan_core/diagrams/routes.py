"""The lines of a network: straight down, across, round a corner, or past other layers in lanes on the left."""

from collections.abc import Mapping, Sequence
from typing import Literal

from gan_core.diagrams.folding import Fold
from gan_core.diagrams.grid import Cell
from gan_core.diagrams.scene import Line, Point, Shape

Edge = tuple[str, str]  # the box that is read, and the one that reads it
Kind = Literal["straight", "across", "corner", "from the side", "to the side", "round the bottom", "lane"]
LANE = 14  # from one line past layers to the next
FIRST_LANE = 16  # from the boxes
BESIDE = 34  # from the middle of a box to where a second line enters it
BEFORE_CORNER = 14  # from a line's corner to the box below


class Routes:
    """The lines between boxes that have their places.

    shapes, cells: of the boxes, by name. folds: sections that are drawn once, whose lines stay near them.
    """

    def __init__(
        self,
        shapes: Mapping[str, Shape],
        cells: Mapping[str, Cell],
        edges: Sequence[Edge],
        folds: Sequence[Fold],
    ) -> None:
        self.shapes, self.cells, self.edges = shapes, cells, edges
        self.taken = {(cell.row, cell.column) for cell in cells.values()}
        self.lanes: dict[Edge, int] = {}
        self.lanes_of_fold: dict[str, int] = {}  # first box of a section → how many lanes lie within its frame
        self._assign_lanes(folds)

    def lines(self) -> list[Line]:
        """Return all lines."""
        return [self._line(edge) for edge in self.edges]

    def kind(self, edge: Edge) -> Kind:
        """Return which way a line takes."""
        read, reader = (self.cells[name] for name in edge)
        down = reader.row - read.row
        if read.column == reader.column:
            between = range(min(read.row, reader.row) + 1, max(read.row, reader.row))
            return "lane" if any((row, read.column) in self.taken for row in between) else "straight"
        if down == 0:
            return "across"
        if down == 1:
            return "corner"
        if down < 0:
            return "round the bottom"
        below = range(read.row + 1, reader.row + 1)
        if not any((row, read.column) in self.taken for row in below):
            return "to the side"
        beside = range(read.row, reader.row)
        return "lane" if any((row, reader.column) in self.taken for row in beside) else "from the side"

    def _assign_lanes(self, folds: Sequence[Fold]) -> None:
        skipping = [edge for edge in self.edges if self.kind(edge) == "lane"]
        rows = {edge: (self.cells[edge[0]].row, self.cells[edge[1]].row) for edge in skipping}
        short_first = sorted(skipping, key=lambda edge: rows[edge][1] - rows[edge][0])
        used: list[tuple[int, int, int]] = []  # first row, last row, lane

        def place(edge: Edge) -> None:
            first, last = rows[edge]
            lane = 1 + max((lane for start, end, lane in used if start < last and first < end), default=-1)
            self.lanes[edge] = lane
            used.append((first, last, lane))

        for one in folds:
            inside = [edge for edge in short_first if edge[1] in one.boxes]
            for edge in inside:
                place(edge)
            lanes = 1 + max((self.lanes[edge] for edge in inside), default=-1)
            self.lanes_of_fold[one.boxes[0]] = lanes
            framed = [self.cells[name].row for name in one.boxes]
            used.append((min(framed) - 1, max(framed) + 1, lanes))
        for edge in short_first:
            if edge not in self.lanes:
                place(edge)

    def _line(self, edge: Edge) -> Line:
        kind = self.kind(edge)
        if kind == "straight":
            return Line(points=self._straight(edge))
        if kind == "across":
            joins = sum(into == edge[1] for _, into in self.edges) > 1
            return Line(points=self._across(edge), skips=joins)
        if kind == "corner":
            return Line(points=self._corner(edge))
        read, reader = (self.shapes[name] for name in edge)
        if kind == "round the bottom":
            corner = (reader.middle[0], read.middle[1])
            return Line(points=((read.right, read.middle[1]), corner, (reader.middle[0], reader.bottom)))
        return Line(points=self._past(edge, kind), skips=True)

    def _past(self, edge: Edge, kind: Kind) -> tuple[Point, ...]:
        """Past other layers: down the column of the one or of the other, or in a lane on the left."""
        read, reader = (self.shapes[name] for name in edge)
        if kind == "to the side":
            x, y = read.middle[0], reader.middle[1]
            return (x, read.bottom), (x, y), (reader.right if x > reader.right else reader.x, y)
        if kind == "from the side":
            x, y = reader.middle[0], read.middle[1]
            return (read.right if x > read.right else read.x, y), (x, y), (x, reader.y)
        x = min(read.x, reader.x) - FIRST_LANE - LANE * self.lanes[edge]
        return (read.x, read.middle[1]), (x, read.middle[1]), (x, reader.middle[1]), (reader.x, reader.middle[1])

    def _across(self, edge: Edge) -> tuple[Point, ...]:
        read, reader = (self.shapes[name] for name in edge)
        leaves, enters = (read.right, reader.x) if read.x < reader.x else (read.x, reader.right)
        return (leaves, read.middle[1]), (enters, reader.middle[1])

    def _straight(self, edge: Edge) -> tuple[Point, ...]:
        read, reader = (self.shapes[name] for name in edge)
        upwards = self.cells[edge[1]].row < self.cells[edge[0]].row
        x = read.middle[0]
        return ((x, read.y), (x, reader.bottom)) if upwards else ((x, read.bottom), (x, reader.y))

    def _corner(self, edge: Edge) -> tuple[Point, ...]:
        """Down, across between the two rows, and down; beside the middle where another line enters there."""
        read, reader = (self.shapes[name] for name in edge)
        others = [one for one, into in self.edges if into == edge[1] and one != edge[0]]
        alone = not any(self.kind((one, edge[1])) == "straight" for one in others)
        side = 1 if read.x > reader.x else -1
        x = reader.middle[0] + (0 if alone else side * min(BESIDE, reader.width / 3))
        y = reader.y - BEFORE_CORNER
        return (read.middle[0], read.bottom), (read.middle[0], y), (x, y), (x, reader.y)
