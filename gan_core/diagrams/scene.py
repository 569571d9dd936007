"""What is drawn, with coordinates in pixels from the left and the top: boxes with words in them, lines, frames."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from gan_core.diagrams.letters import text_width

Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Word:
    """A line of text, or a part of it. x: its left end, or its right one where `ends` there; y: the base line.

    size: of the letters in pixels. muted: whether it is in the paler colour.
    """

    text: str
    x: float
    y: float
    size: float = 12
    bold: bool = False
    muted: bool = False
    ends: bool = False

    @property
    def width(self) -> float:
        """The width in pixels."""
        return text_width(self.text, self.size, self.bold)


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A rectangle with words in it. role: what it stands for, which gives its colours. title: for the pointer."""

    x: float
    y: float
    width: float
    height: float
    role: str
    title: str = ""
    words: tuple[Word, ...] = ()

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height

    @property
    def middle(self) -> Point:
        """Its centre."""
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True, kw_only=True)
class Line:
    """An arrow along points.

    skips: whether it goes past layers. curved: whether the points are those of cubic Bézier curves, each of which ends
    in every third point after the first.
    """

    points: tuple[Point, ...]
    skips: bool = False
    curved: bool = False
    arrow: bool = True


@dataclass(kw_only=True)
class Scene:
    """A drawing, or a part of one. width, height: in pixels. shapes: in front of frames and lines."""

    width: float = 0
    height: float = 0
    frames: list[Shape] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)

    def add(self, part: "Scene", x: float, y: float) -> None:
        """Add a part with its upper left corner at a place."""
        self.frames += [_moved(shape, x, y) for shape in part.frames]
        self.shapes += [_moved(shape, x, y) for shape in part.shapes]
        self.lines += [replace(line, points=tuple((a + x, b + y) for a, b in line.points)) for line in part.lines]
        self.words += _moved_words(part.words, x, y)


def _moved(shape: Shape, x: float, y: float) -> Shape:
    return replace(shape, x=shape.x + x, y=shape.y + y, words=tuple(_moved_words(shape.words, x, y)))


def _moved_words(words: Sequence[Word], x: float, y: float) -> Iterator[Word]:
    return (replace(word, x=word.x + x, y=word.y + y) for word in words)


def at(shape: Shape, x: float, y: float) -> Shape:
    """Return a shape with its upper left corner at a place."""
    return _moved(shape, x - shape.x, y - shape.y)


def trimmed(scene: Scene) -> Scene:
    """Return a scene moved to the corner at (0, 0), with its size; control points of curves count as drawn."""
    shapes = [*scene.shapes, *scene.frames]
    outside = [word for frame in scene.frames for word in frame.words]
    points = [point for line in scene.lines for point in line.points]
    xs = [x for x, _ in points] + [side for shape in shapes for side in (shape.x, shape.right)]
    xs += [word.x + word.width for word in outside]
    ys = [y for _, y in points] + [side for shape in shapes for side in (shape.y, shape.bottom)]
    moved = Scene(width=max(xs) - min(xs), height=max(ys) - min(ys))
    moved.add(scene, -min(xs), -min(ys))
    return moved
