"""An experiment in words and numbers: layers, shapes, parameters, phases, and what a step costs."""

import math
import textwrap
from collections.abc import Sequence
from itertools import groupby

from gan_core.experiments.cost import step_multiply_adds, update_multiply_adds
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.wording import how_often, in_words, kind_of_input, unusual_fields
from gan_core.plans.plans import Node, Plan
from gan_core.specs.layers import Layer
from gan_core.specs.spec import to_builtins, variant_name

LEAST_ROOM = 16  # columns of a layer's settings beside its name and its numbers


def describe(experiment: Experiment, width: int | None = None) -> str:
    """Return the text of `gan show`. width: columns that no line is wider than, by taking several; None: any."""
    training = experiment.training
    lines = [f"{experiment.name}: {experiment.summary}", ""]
    for name in experiment.networks:
        lines += [*_network(experiment.plans[name], width), ""]
    lines.append("players")
    for name, player in experiment.players.items():
        lines.append(f"  {name}: {', '.join(player.networks)}; {in_words(to_builtins(player.optimizer))}")  # type: ignore[arg-type]
    for name, average in experiment.averages.items():
        lines.append(f"  {name}: average of {average.of}, decay {average.decay:g}")
    lines += ["", "a step"]
    for phase in experiment.phases:
        often = how_often(phase)
        often += ", on the step's batch" if phase.batch == "step" else ""
        cost = update_multiply_adds(experiment, phase)
        objective = in_words({key: value for key, value in to_builtins(phase.objective).items() if value is not False})  # type: ignore[arg-type]
        counted = "unknown" if cost is None else f"{cost:,}"
        lines.append(f"  {phase.name}{often}: moves {', '.join(phase.players)}; {objective}; {counted} multiply-adds")
    cost_of_step = step_multiply_adds(experiment)
    lines += [
        "",
        f"data: {in_words(to_builtins(experiment.data))}",  # type: ignore[arg-type]
        f"training: {training.steps:,} steps of batch {training.batch_size}, seed {training.seed}, {training.dtype}",
        _cost(cost_of_step, training.steps),
    ]
    return "\n".join(lines if width is None else [part for line in lines for part in _wrapped(line, width)])


def _wrapped(line: str, width: int) -> list[str]:
    """A line in as many as it needs, those after the first indented by two more."""
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    wrapped = textwrap.wrap(line, width, subsequent_indent=indent, break_on_hyphens=False)
    return wrapped if len(line) > width else [line]


def _cost(step: float | None, steps: int) -> str:
    if step is None:
        return "a step: unknown multiply-adds, since an objective does what shapes alone do not tell"
    return (
        f"a step: {step:,.0f} multiply-adds of dense layers and convolutions; "
        f"all steps: {2 * step * steps / 1e9:,.0f} GFLOP"
    )


def _network(plan: Plan, width: int | None) -> list[str]:
    """The lines of a network: each layer with what it reads, if not the one before, and its fields unlike the usual.

    The layers that a block stands for follow it, indented.
    """
    inputs = ", ".join(f"{name} {list(given.shape)} ({kind_of_input(given)})" for name, given in plan.inputs.items())
    rows, previous = [], next(iter(plan.inputs))
    for block, group in groupby(plan.nodes, key=lambda node: node.block):
        nodes = [*group]
        if block is not None:
            rows.append(_layer(block[0], block[1], nodes, previous))
        for node in nodes:
            name = node.name.removeprefix(f"{block[0]}_") if block else node.name
            kind = variant_name(type(node.layer).__name__)
            shown = kind if block and name == block[0] else name
            rows.append(_layer(shown, node.layer, [node], previous, block[0] if block else ""))
            previous = node.name
    lines = [f"{plan.name}: {inputs}", *_table(rows, width)]
    if plan.heads[1:]:
        lines.append(f"  gives {', '.join(f'{name} {list(shape)}' for name, shape in plan.outputs.items())}")
    lines.append(f"  {plan.parameters:,} parameters, {plan.multiply_adds:,} multiply-adds a sample")
    return lines


def _table(rows: Sequence[tuple[str, str, str, str]], width: int | None) -> list[str]:
    """The rows of layers in columns; settings that have no room go on in the lines below."""
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    if width is not None and width < 6 + widths[0] + widths[2] + widths[3]:
        told = [
            (shown, "; ".join(filter(None, [shape, f"{count} parameters", of]))) for shown, of, shape, count in rows
        ]
        return [line for shown, text in told for line in (f"  {shown}", *_wrapped(f"      {text}", width))]
    room = widths[1] if width is None else min(widths[1], width - 8 - widths[0] - widths[2] - widths[3])
    below = room < min(widths[1], LEAST_ROOM)  # then they have lines of their own
    lines = []
    for shown, settings, *numbers in rows:
        right = [f"{number:>{one}}" for number, one in zip(numbers, widths[2:], strict=True)]
        first, *more = textwrap.wrap(settings, room) if not below and settings else [""]
        middle = [] if below else [f"{first:<{room}}"]
        lines.append("  ".join([f"  {shown:<{widths[0]}}", *middle, *right]))
        lines += [f"{'':<{widths[0] + 4}}{part}" for part in more]
        lines += textwrap.wrap(settings, width or 0, initial_indent=" " * 6, subsequent_indent=" " * 6) if below else []
    return lines


def _layer(name: str, layer: Layer, nodes: Sequence[Node], previous: str, block: str = "") -> tuple[str, str, str, str]:
    """The row of a layer, or of a block; nodes: the layers that it stands for, whose last has its output.

    previous: the name of the layer before, which need not be said. block: that of the block that it is part of, or "".
    """
    count = sum(math.prod(weight.shape) for node in nodes for weight in node.plan.weights.values())
    kind = variant_name(type(layer).__name__)
    inputs = [one.removeprefix(f"{block}_") if block else one for one in nodes[0].inputs]
    reads = "" if nodes[0].inputs == (previous,) or len(nodes) > 1 else f"of {' + '.join(inputs)}"
    settings = ", ".join(filter(None, [reads, in_words(unusual_fields(layer))]))
    shape = "×".join(str(side) for side in nodes[-1].plan.output_shape)
    shown = kind if name.startswith(kind) else f"{name} ({kind})"
    return f"  {shown}" if block else shown, settings, shape, f"{count:,}"
