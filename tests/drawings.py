"""Drawings read back, for tests."""

from itertools import pairwise
from xml.etree import ElementTree

from gan_core.diagrams.scene import Line, Scene, Shape

SVG = "{http://www.w3.org/2000/svg}"


def parsed(text: str) -> ElementTree.Element:
    """Return the root of a drawing."""
    return ElementTree.fromstring(text)  # noqa: S314  (written by this library a moment ago)


def crossings(scene: Scene) -> list[tuple[Line, Shape]]:
    """Return the straight lines that cross a box, each with the box; they may touch its edges."""
    found = []
    for line in scene.lines:
        for (x, y), (end_x, end_y) in [] if line.curved else pairwise(line.points):
            left, right, top, bottom = min(x, end_x), max(x, end_x), min(y, end_y), max(y, end_y)
            for shape in scene.shapes:
                beside = right <= shape.x + 1 or left >= shape.right - 1
                above = bottom <= shape.y + 1 or top >= shape.bottom - 1
                found += [] if beside or above else [(line, shape)]
    return found
