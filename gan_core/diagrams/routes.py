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
BEFORE_CORNER = 14  # from a line's corner to the row below
AFTER_CORNER = 8  # from a row to the corner of a line that leaves it downwards


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
        self.tops: dict[int, float] = {}
        self.bottoms: dict[int, float] = {}
        for name, cell in cells.items():
            self.tops[cell.row] = min(self.tops.get(cell.row, shapes[name].y), shapes[name].y)
            self.bottoms[cell.row] = max(self.bottoms.get(cell.row, 0), shapes[name].bottom)
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
        """Past other layers: down the column of the one or of the other, or in a lane on the left.

        Where a box stands in the way of the part across, that lies between two rows.
        """
        read, reader = (self.shapes[name] for name in edge)
        if kind == "to the side":
            x = read.middle[0]
            return (x, read.bottom), *self._entering(edge[1], x)
        if kind == "from the side":
            x = reader.middle[0]
            return *self._leaving(edge[0], x), (x, reader.y)
        x = min(shape.x for shape in self.shapes.values()) - FIRST_LANE - LANE * self.lanes[edge]
        return *self._leaving(edge[0], x), *self._entering(edge[1], x)

    def _leaving(self, name: str, x: float) -> tuple[Point, ...]:
        """From a box across to a vertical line at x, below its row if a box stands between them."""
        shape, row = self.shapes[name], self.cells[name].row
        if self._is_free(name, x):
            return (shape.right if x > shape.right else shape.x, shape.middle[1]), (x, shape.middle[1])
        y = self.bottoms[row] + AFTER_CORNER
        return (shape.middle[0], shape.bottom), (shape.middle[0], y), (x, y)

    def _entering(self, name: str, x: float) -> tuple[Point, ...]:
        """From a vertical line at x across to a box, above its row if a box stands between them."""
        shape, row = self.shapes[name], self.cells[name].row
        if self._is_free(name, x):
            return (x, shape.middle[1]), (shape.right if x > shape.right else shape.x, shape.middle[1])
        y = self.tops[row] - BEFORE_CORNER
        return (x, y), (shape.middle[0], y), (shape.middle[0], shape.y)

    def _is_free(self, name: str, x: float) -> bool:
        """Whether nothing stands in the row of a box between it and x."""
        row, own = self.cells[name].row, self.shapes[name]
        beside = [self.shapes[other] for other, cell in self.cells.items() if cell.row == row and other != name]
        return not any(min(own.x, x) < shape.right and shape.x < max(own.right, x) for shape in beside)

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
        y = self.tops[self.cells[edge[1]].row] - BEFORE_CORNER
        return (read.middle[0], read.bottom), (read.middle[0], y), (x, y), (x, reader.y)
