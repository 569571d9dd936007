"""The drawing of who feeds whom: latents and data, networks, and the losses of the phases of a step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gan_core.diagrams.boxes import settings_in_words, shape_in_words
from gan_core.diagrams.contents import NAME, PADDING, PLAIN, SMALL, filled, in_line, paragraph
from gan_core.diagrams.flow import Edge, columns_of, ordered, ways_of
from gan_core.diagrams.letters import text_width, together
from gan_core.diagrams.scene import Line, Point, Scene, Shape, at, trimmed
from gan_core.experiments.domain_shapes import domain_shapes
from gan_core.experiments.experiment import Experiment, Phase
from gan_core.experiments.feeds import Feed, Source, feeds
from gan_core.experiments.wording import how_often, in_words, kind_of_input, without_the_usual
from gan_core.objectives.draws import Draw, FieldValues, Label, LabelsTaken, Latent, Made, RealLabels, SecondLabels
from gan_core.objectives.number_draws import UniformNumbers, UniformValues
from gan_core.specs.spec import variant_name

NOISE = (UniformNumbers, UniformValues, Made)  # numbers that an objective draws for itself
PHASE_WIDTH = 290
COLUMN_GAP, ROW_GAP = 76, 26
PASSING = 8  # pixels that a line takes in a column that it passes
APART = 12  # two lines between one pair of boxes
LOOP = 20  # pixels that a line from a network back to itself reaches above it
BULGE = 44
NETWORK, PHASE = "network:", "phase:"


def game_scene(experiment: Experiment) -> Scene:
    """Return the drawing of an experiment's step: who feeds whom, and which loss moves whom."""
    found = [feed for feed in feeds(experiment) if not isinstance(feed.source.draw, NOISE)]
    shapes = {_name(feed.source): _source_shape(feed.source, experiment) for feed in found if feed.source.draw}
    shapes |= {f"{NETWORK}{name}": _network_shape(experiment, name) for name in experiment.networks}
    phases = [f"{PHASE}{phase.name}" for phase in experiment.phases]
    shapes |= {name: _phase_shape(experiment, phase) for name, phase in zip(phases, experiment.phases, strict=True)}
    edges = [*dict.fromkeys((_name(feed.source), _end(feed)) for feed in found)]
    edges = [(start, end) for start, end in edges if start in shapes and end in shapes]
    column = columns_of([*shapes], edges, phases)
    forward = [(start, end) for start, end in edges if column[start] < column[end]]
    ways = ways_of(forward, column)
    placed = _placed(shapes, ordered(column, ways))
    scene = Scene(shapes=[shape for name, shape in placed.items() if name in shapes])
    scene.lines += _forward_lines(placed, ways)
    scene.lines += [_line_within(placed, edge, column, edges) for edge in edges if column[edge[0]] >= column[edge[1]]]
    return trimmed(scene)


def _name(source: Source) -> str:
    return source.name if source.draw else f"{NETWORK}{source.name}"


def _end(feed: Feed) -> str:
    return f"{NETWORK}{feed.network}" if feed.network else f"{PHASE}{feed.phase}"


@dataclass(frozen=True)
class _Words:
    """What a source is called, what that is, and its shape."""

    name: str
    kind: str
    shape: str


def _source_words(source: Source, draw: Draw, experiment: Experiment) -> _Words:
    own = source.name.rpartition(".")[2]
    if isinstance(draw, Latent):
        return _Words(own, kind_of_input(draw.input), shape_in_words(draw.input.shape))
    if isinstance(draw, Label):
        return _Words(own, "drawn", f"{draw.classes} classes")
    if isinstance(draw, FieldValues):
        return _Words(draw.field, "of the data", shape_in_words(draw.each))
    data = variant_name(type(experiment.data).__name__)
    shape = draw.shape(experiment.training.batch_size, domain_shapes(experiment))[1:]
    if isinstance(draw, RealLabels | SecondLabels | LabelsTaken):
        return _Words(own, "labels of the data", "1 a sample")
    if draw.domain and shape:
        kind = data if draw.domain == "first" else "second domain"
        return _Words(
            *(("real samples", kind) if own == "real" else (own, f"real samples, {kind}")), shape_in_words(shape)
        )
    return _Words(own, "of the data" if draw.takes_a_batch else "drawn", shape_in_words(shape))


def _source_shape(source: Source, experiment: Experiment) -> Shape:
    assert source.draw is not None  # those that are networks have shapes of their own
    words = _source_words(source, source.draw, experiment)
    lines = [
        in_line((words.name, NAME, True, False), (words.kind, SMALL, False, True)),
        in_line((words.shape, PLAIN, False, False)),
    ]
    width = max(word.x + word.width for line in lines for word in line) + 2 * PADDING
    return filled(lines, width, "input", f"{words.name}, {words.kind}, {words.shape}")


def _network_shape(experiment: Experiment, name: str) -> Shape:
    count = f"{experiment.plans[name].parameters:,} parameters"
    width = max(text_width(name, NAME, bold=True), text_width(count, SMALL)) + 2 * PADDING
    lines = [in_line((name, NAME, True, False)), in_line((count, SMALL, False, True))]
    return filled(lines, max(width, 130), "weights", name)


def _phase_shape(experiment: Experiment, phase: Phase) -> Shape:
    inner = PHASE_WIDTH - 2 * PADDING
    objective = without_the_usual(phase.objective)
    said = {
        key: value for key, value in objective.items() if key not in ("type", "loss") and key not in experiment.networks
    }
    loss = getattr(phase.objective, "loss", None)
    words = [f"loss {loss}"] if isinstance(loss, str) else []
    words += [settings_in_words(said)] if said else []
    moved = ", ".join(network for player in phase.players for network in experiment.players[player].networks)
    optimizers = dict.fromkeys(in_words(without_the_usual(experiment.players[one].optimizer)) for one in phase.players)
    lines = [
        in_line((phase.name + how_often(phase), NAME, True, False)),
        *paragraph(together(f"{objective['type']}, {', '.join(words)}".removesuffix(", ")), inner),
        *paragraph(f"moves {moved}", inner, PLAIN, muted=False),
        *(line for optimizer in optimizers for line in paragraph(together(optimizer), inner)),
    ]
    return filled(lines, PHASE_WIDTH, "phase", f"{phase.name} moves {moved}")


def _placed(shapes: Mapping[str, Shape], columns: Sequence[Sequence[str]]) -> dict[str, Shape]:
    """The boxes and the places that lines pass, each column in the middle of the height."""
    sized = {
        name: shapes.get(name) or Shape(x=0, y=0, width=0, height=PASSING, role="passing")
        for column in columns
        for name in column
    }
    heights = [sum(sized[name].height + ROW_GAP for name in column) - ROW_GAP for column in columns]
    placed: dict[str, Shape] = {}
    x = 0.0
    for column, height in zip(columns, heights, strict=True):
        width = max((sized[name].width for name in column), default=0)
        y = (max(heights) - height) / 2
        for name in column:
            shape = sized[name]
            is_place = name not in shapes
            placed[name] = (
                Shape(x=x, y=y, width=width, height=PASSING, role="passing")
                if is_place
                else at(shape, x + (width - shape.width) / 2, y)
            )
            y += shape.height + ROW_GAP
        x += width + COLUMN_GAP
    return placed


def _forward_lines(placed: Mapping[str, Shape], ways: Mapping[Edge, Sequence[str]]) -> list[Line]:
    """The lines to the right; where several leave or enter a box, they do so one below the other."""
    steps = [(edge, start, end) for edge, way in ways.items() for start, end in pairwise(way)]

    def port(edge: Edge, name: str, leaving: bool) -> float:
        beside = {one: (end if leaving else start) for one, start, end in steps if name == (start if leaving else end)}
        order = sorted(beside, key=lambda one: placed[beside[one]].middle[1])
        shape = placed[name]
        return shape.y + shape.height * (order.index(edge) + 1) / (len(order) + 1)

    lines = []
    for edge, way in ways.items():
        points: list[Point] = [(placed[way[0]].right, port(edge, way[0], True))]
        for name in way[1:]:
            shape = placed[name]
            enters: Point = (shape.x, port(edge, name, False))
            points += [*_swing(points[-1], enters), enters]
            if name != way[-1]:
                leaves: Point = (shape.right, enters[1])
                points += [enters, leaves, leaves]
        lines.append(Line(points=tuple(points), curved=True))
    return lines


def _swing(start: Point, end: Point) -> tuple[Point, Point]:
    reach = (end[0] - start[0]) / 2
    return (start[0] + reach, start[1]), (end[0] - reach, end[1])


def _line_within(placed: Mapping[str, Shape], edge: Edge, column: Mapping[str, int], edges: Sequence[Edge]) -> Line:
    """A line within a column or back: from a network to itself, to the next one above or below, or round others."""
    start, end = placed[edge[0]], placed[edge[1]]
    if start is end:
        x, y = start.middle[0], start.y
        return Line(
            points=((x + APART, y), (x + 2 * APART, y - 1.5 * LOOP), (x - 2 * APART, y - 1.5 * LOOP), (x - APART, y)),
            curved=True,
        )
    both = (edge[1], edge[0]) in edges
    between = [shape for name, shape in placed.items() if column.get(name) == column[edge[0]]]
    low, high = sorted((start.middle[1], end.middle[1]))
    alone = not any(low < shape.middle[1] < high for shape in between)
    if alone and column[edge[0]] == column[edge[1]]:
        down = start.y < end.y
        x = start.middle[0] + (APART * (-1 if down else 1) if both else 0)
        return Line(points=((x, start.bottom), (x, end.y)) if down else ((x, start.y), (x, end.bottom)))
    far = max(start.right, end.right) + BULGE
    leaves, enters = (start.right, start.middle[1]), (end.right, end.middle[1])
    return Line(points=(leaves, (far, leaves[1]), (far, enters[1]), enters), curved=True)
