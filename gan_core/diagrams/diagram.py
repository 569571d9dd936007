"""The drawing of an experiment as SVG: who feeds whom, and below it each network; or one of these alone.

The text of a drawing is a file, and may as well stand in a page. Colours follow the reader's light or dark mode.
"""

from collections.abc import Sequence
from pathlib import Path

from gan_core.diagrams.boxes import shape_in_words
from gan_core.diagrams.game import game_scene
from gan_core.diagrams.network import network_scene
from gan_core.diagrams.scene import Scene, Shape, Word
from gan_core.diagrams.svg import svg
from gan_core.errors import UsageError, nearest
from gan_core.experiments.experiment import Experiment
from gan_core.files.whole_files import written_whole
from gan_core.plans.plans import Plan

MARGIN, GAP = 20, 20
INSIDE = 18  # from the edge of a panel to what is in it
HEADER = 52  # of a panel: two lines
WIDEST = 1280  # pixels; panels that do not fit go into the next row
TITLE, NETWORK, SMALL = 20, 16, 12  # sizes of letters


def diagram(experiment: Experiment) -> str:
    """Return the drawing of an experiment as the text of an SVG file."""
    title = f"{experiment.name}: {experiment.summary}" if experiment.summary else experiment.name
    return svg(scene_of(experiment), title, _description(experiment), experiment.name)


def game_diagram(experiment: Experiment) -> str:
    """Return the drawing of who feeds whom in a step of an experiment, as the text of an SVG file."""
    scene = _with_margin(game_scene(experiment))
    return svg(scene, f"{experiment.name}: a step", _description(experiment), f"{experiment.name}-step")


def network_diagram(experiment: Experiment, network: str) -> str:
    """Return the drawing of one network of an experiment as the text of an SVG file. Raises `UsageError`."""
    if network not in experiment.networks:
        raise UsageError(f"network={network}: no such network{nearest(network, experiment.networks)}")
    plan = experiment.plans[network]
    scene = _with_margin(_panel([plan]))
    return svg(scene, f"{experiment.name}: {network}", _network_in_words(plan), f"{experiment.name}-{network}")


def write_diagram(experiment: Experiment, path: Path) -> None:
    """Write the drawing of an experiment into a file, whole or not at all.

    Raises `UsageError` for a file that does not end in .svg, and `WriteError` where the system refuses it.
    """
    if path.suffix.lower() != ".svg":
        raise UsageError(f"diagram={path}: expected a file that ends in .svg; a browser prints it as PDF")
    with written_whole(path) as temporary:
        temporary.write_text(diagram(experiment), encoding="utf-8")


def scene_of(experiment: Experiment) -> Scene:
    """Return the drawing of an experiment with all coordinates."""
    networks = [_panel(plans) for plans in _alike([experiment.plans[name] for name in experiment.networks])]
    rows, game = _rows(networks), game_scene(experiment)
    widths = [sum(panel.width + GAP for panel in row) - GAP for row in rows]
    width = max(*widths, game.width + 2 * INSIDE)
    words = [
        Word(text=experiment.name, x=MARGIN, y=MARGIN + 18, size=TITLE, bold=True),
        Word(text=experiment.summary, x=MARGIN, y=MARGIN + 40, size=SMALL, muted=True),
    ]
    scene = Scene(width=max(width, *(word.width for word in words)) + 2 * MARGIN, words=words)
    y = MARGIN + 56.0
    for row in [[_titled(game, "a step", "who feeds whom, and what each phase moves", width)], *rows]:
        x = float(MARGIN)
        for panel in row:
            scene.add(panel, x, y)
            x += panel.width + GAP
        y += max(panel.height for panel in row) + GAP
    scene.height = y - GAP + MARGIN
    return scene


def _description(experiment: Experiment) -> str:
    networks = [_network_in_words(experiment.plans[name]) for name in experiment.networks]
    moves = [f"{phase.name} moves {', '.join(phase.players)}" for phase in experiment.phases]
    return f"{' '.join(networks)} In a step, {'; '.join(moves)}."


def _network_in_words(plan: Plan) -> str:
    inputs = ", ".join(f"{name} {shape_in_words(given.shape)}" for name, given in plan.inputs.items())
    outputs = ", ".join(shape_in_words(shape) for shape in plan.outputs.values())
    return f"{plan.name}: {len(plan.nodes)} layers from {inputs} to {outputs}, {plan.parameters:,} parameters."


def _alike(plans: Sequence[Plan]) -> list[list[Plan]]:
    """The networks in groups of the same layers, each of which is drawn once."""
    groups: list[list[Plan]] = []
    for plan in plans:
        same = next((group for group in groups if _layers(group[0]) == _layers(plan)), None)
        if same is None:
            groups.append([plan])
        else:
            same.append(plan)
    return groups


def _layers(plan: Plan) -> object:
    return plan.inputs, plan.heads, [(node.name, node.layer, node.inputs) for node in plan.nodes]


def _panel(plans: Sequence[Plan]) -> Scene:
    each = " each" if len(plans) > 1 else ""
    figures = f"{plans[0].parameters:,} parameters{each}, {plans[0].multiply_adds:,} multiply-adds a sample"
    return _titled(network_scene(plans[0]), ", ".join(plan.name for plan in plans), figures)


def _titled(inner: Scene, title: str, below: str, width: float = 0) -> Scene:
    """A panel around a drawing, with a title and a line below that. width: at least, in pixels."""
    words = [
        Word(text=title, x=INSIDE, y=30, size=NETWORK, bold=True),
        Word(text=below, x=INSIDE, y=49, size=SMALL, muted=True),
    ]
    width = max(width, max(inner.width, *(word.width for word in words)) + 2 * INSIDE)
    panel = Scene(width=width, height=inner.height + HEADER + 2 * INSIDE)
    panel.frames.append(Shape(x=0, y=0, width=width, height=panel.height, role="panel"))
    panel.add(inner, (width - inner.width) / 2, HEADER + INSIDE)
    panel.words += words
    return panel


def _with_margin(scene: Scene) -> Scene:
    whole = Scene(width=scene.width + 2 * MARGIN, height=scene.height + 2 * MARGIN)
    whole.add(scene, MARGIN, MARGIN)
    return whole


def _rows(panels: Sequence[Scene]) -> list[list[Scene]]:
    """The panels in rows, as many in each as fit."""
    rows: list[list[Scene]] = [[]]
    for panel in panels:
        taken = 2 * MARGIN + sum(one.width + GAP for one in rows[-1])
        if rows[-1] and taken + panel.width > WIDEST:
            rows.append([])
        rows[-1].append(panel)
    return rows
