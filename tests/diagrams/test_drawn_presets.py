"""The drawing of every preset: boxes apart, words within them, every layer named, lines that go round boxes."""

import re
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import ImageFont

from drawings import SVG, crossings, parsed
from gan_core.diagrams.diagram import diagram, scene_of
from gan_core.experiments.files import read_experiment
from gan_core.presets import PRESETS, preset
from gan_core.specs.spec import variant_name

PUBLIC = sorted((Path(__file__).parents[2] / "benchmarks" / "public").glob("*.toml"))
ROLES = {"weights", "block", "join", "plain", "input", "output", "phase"}
FONT = ImageFont.load_default(100)  # Aileron: not the font that the drawing is measured in
ROUNDING = 0.11  # pixels: coordinates are written with one digit


def sides(element: ElementTree.Element) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of a rectangle."""
    x, y, width, height = (float(element.attrib[key]) for key in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def boxes(root: ElementTree.Element) -> list[ElementTree.Element]:
    return [group for group in root.iter(f"{SVG}g") if group.attrib["class"] in ROLES]


def rectangle(box: ElementTree.Element) -> tuple[float, float, float, float]:
    found = box.find(f"{SVG}rect")
    assert found is not None
    return sides(found)


@pytest.mark.parametrize("name", PRESETS)
def test_no_two_boxes_overlap(name: str):
    rectangles = [rectangle(box) for box in boxes(parsed(diagram(preset(name))))]

    overlapping = [
        (one, other)
        for one, other in combinations(rectangles, 2)
        if one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
    ]

    assert len(rectangles) > 5
    assert overlapping == []


@pytest.mark.parametrize("name", PRESETS)
def test_words_stay_within_their_boxes_and_lines_apart(name: str):
    outside = []
    for box in boxes(parsed(diagram(preset(name)))):
        left, top, right, bottom = rectangle(box)
        places: dict[float, list[tuple[float, float]]] = {}
        for text in box.iter(f"{SVG}text"):
            size, x, y = (float(text.attrib[key]) for key in ("font-size", "x", "y"))
            width = FONT.getlength(text.text or "") * size / 100
            start = x - width if text.get("text-anchor") == "end" else x
            places.setdefault(y, []).append((start, start + width))
            if start < left or start + width > right or y - size < top - ROUNDING or y + size / 4 > bottom + ROUNDING:
                outside.append(text.text)
        for spans in places.values():
            outside += [f"{one} on {other}" for one, other in pairwise(sorted(spans)) if other[0] < one[1]]

    assert outside == []


@pytest.mark.parametrize("name", PRESETS)
def test_every_layer_is_named(name: str):
    """By its kind in the words, and by its own name where the pointer is."""
    root, experiment = parsed(diagram(preset(name))), preset(name)
    words = " ".join(text.text or "" for text in root.iter(f"{SVG}text"))
    pointed = {one for title in root.iter(f"{SVG}title") for one in re.split(r"[,: ]+", title.text or "")}

    for network in experiment.networks:
        for node in experiment.plans[network].nodes:
            assert re.search(rf"\b{variant_name(type(node.layer).__name__)}\b", words), node.name
            assert node.name in pointed
        assert re.search(rf"\b{network}\b", words)


@pytest.mark.parametrize("name", PRESETS)
def test_the_parameters_of_the_boxes_add_up(name: str):
    """Each box times how often it stands there, as its title says; networks that are alike are drawn once."""
    root, experiment = parsed(diagram(preset(name))), preset(name)
    drawn = 0
    for box in boxes(root):
        words = " ".join(text.text or "" for text in box.iter(f"{SVG}text"))
        title = box.find(f"{SVG}title")
        is_of_a_network = box.attrib["class"] in ("weights", "block", "join", "plain") and title is not None
        layers = (title.text or "") if is_of_a_network and title is not None else ""
        if layers in experiment.networks:  # in the drawing of a step
            continue
        times = re.match(r"(\d+) times: ", layers)
        if (count := re.search(r"([\d,]+) parameters", words)) and is_of_a_network:
            drawn += int(count[1].replace(",", "")) * (int(times[1]) if times else 1)

    different = {
        tuple((node.name, node.layer) for node in experiment.plans[network].nodes): experiment.plans[network].parameters
        for network in experiment.networks
    }
    assert drawn == sum(different.values())


@pytest.mark.parametrize("name", PRESETS)
def test_no_line_of_a_network_crosses_a_box(name: str):
    assert crossings(scene_of(preset(name))) == []


@pytest.mark.parametrize("path", PUBLIC, ids=lambda path: path.stem)
def test_in_the_drawings_of_public_gans_neither_boxes_nor_lines_meet(path: Path):
    """Some of them write the parts of residual blocks one by one, with labels that every block reads."""
    scene = scene_of(read_experiment(path))

    assert crossings(scene) == []
    for one, other in combinations(scene.shapes, 2):
        assert one.right <= other.x or other.right <= one.x or one.bottom <= other.y or other.bottom <= one.y


@pytest.mark.parametrize("name", PRESETS)
def test_a_drawing_is_no_wider_than_a_slide(name: str):
    assert scene_of(preset(name)).width <= 1280
