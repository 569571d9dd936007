"""The drawing of one network: its boxes in rows and columns, the lines between them, frames around what is repeated."""

from collections.abc import Mapping, Sequence

from gan_core.diagrams.boxes import Box, boxes_of
from gan_core.diagrams.contents import is_end, shape_of, width_of
from gan_core.diagrams.folding import Fold, fold
from gan_core.diagrams.grid import Grid, grid
from gan_core.diagrams.routes import FIRST_LANE, LANE, Routes
from gan_core.diagrams.scene import Scene, Shape, Word, at, trimmed
from gan_core.plans.plans import Plan

COLUMN_GAP, U_GAP = 30, 70
ROW_GAP = 30
FRAME = 10  # from repeated boxes to the frame around them
FRAME_TOP = 10
OF_FRAME = 12  # size of the letters that say how often


def network_scene(plan: Plan) -> Scene:
    """Return the drawing of a network, without its name."""
    boxes, folds = fold(boxes_of(plan))
    repeats = {name: one.repeats for one in folds for name in one.boxes}
    where = grid(boxes, [*repeats])
    widths = _widths(boxes, where, repeats)
    shapes = _placed({box.name: shape_of(box, widths[box.name], repeats.get(box.name, 1)) for box in boxes}, where)
    edges = [(name, box.name) for box in boxes for name in box.reads]
    routes = Routes(shapes, where.cells, edges, folds)
    scene = Scene(lines=routes.lines(), shapes=[*shapes.values()])
    for one in folds:
        lanes = routes.lanes_of_fold[one.boxes[0]]
        framed = [shapes[name] for name in one.boxes]
        left = min(shape.x for shape in ([*shapes.values()] if lanes else framed))
        scene.frames.append(_frame(framed, left - (FIRST_LANE + LANE * lanes if lanes else FRAME), one))
    return trimmed(scene)


def _widths(boxes: Sequence[Box], where: Grid, repeats: Mapping[str, int]) -> dict[str, float]:
    """How wide each box is: the boxes of layers in a column as wide as each other."""
    own = {box.name: width_of(box, repeats.get(box.name, 1)) for box in boxes}
    shared: dict[int, float] = {}
    for box in boxes:
        if not is_end(box):
            column = where.cells[box.name].column
            shared[column] = max(shared.get(column, 0), own[box.name])
    return {box.name: own[box.name] if is_end(box) else shared[where.cells[box.name].column] for box in boxes}


def _placed(shapes: Mapping[str, Shape], where: Grid) -> dict[str, Shape]:
    """The boxes in their places, each in the middle of its row and column."""
    cells = where.cells
    heights: dict[int, float] = {}
    widths: dict[int, float] = {}
    for name, cell in cells.items():
        heights[cell.row] = max(heights.get(cell.row, 0), shapes[name].height)
        widths[cell.column] = max(widths.get(cell.column, 0), shapes[name].width)
    tops, lefts = {}, {}
    y = x = 0.0
    for row in sorted(heights):
        tops[row] = y
        y += heights[row] + ROW_GAP
    for column in sorted(widths):
        lefts[column] = x
        x += widths[column] + (U_GAP if where.is_u and column == 0 else COLUMN_GAP)
    return {
        name: at(
            shapes[name],
            lefts[cell.column] + (widths[cell.column] - shapes[name].width) / 2,
            tops[cell.row] + (heights[cell.row] - shapes[name].height) / 2,
        )
        for name, cell in cells.items()
    }


def _frame(shapes: list[Shape], left: float, fold: Fold) -> Shape:
    """The frame around a section, with how often it is repeated at its upper right corner. left: its left edge."""
    text = f"× {fold.repeats}"
    right = max(shape.right for shape in shapes) + FRAME
    top, bottom = shapes[0].y - FRAME_TOP, max(shape.bottom for shape in shapes) + FRAME
    word = Word(text=text, x=right + 6, y=top + OF_FRAME, size=OF_FRAME, bold=True)
    return Shape(x=left, y=top, width=right - left, height=bottom - top, role="frame", words=(word,))
