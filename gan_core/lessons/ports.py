"""Naive ports: an experiment with one mistake, which whoever retypes a program in another framework makes easily.

A mistake is a change of the experiment, as ``--set`` would make it, so that the port and the right one run on the same
framework, from the same weights and random numbers: what parts them is the mistake alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import with_changes
from gan_core.lessons import naive_adam  # noqa: F401  (its optimizer joins the family by name)
from gan_core.lessons.differences import Row, word_of
from gan_core.plans.plans import Node
from gan_core.specs.spec import to_builtins
from gan_core.specs.weighted_layers import Conv, pair


@dataclass(frozen=True, kw_only=True)
class Port:
    """A mistake. row: the difference that it ignores. changes: dotted key → value. experiment: with the mistake."""

    row: Row
    changes: Mapping[str, Any]
    experiment: Experiment


def port_of(row: Row, experiment: Experiment) -> Port | None:
    """Return an experiment as it is when a difference is ignored; None where that would change nothing."""
    changes = dict(_changes(row, experiment)) if row.port else {}
    if not changes:
        return None
    return Port(row=row, changes=changes, experiment=with_changes(experiment, changes))


def _changes(row: Row, experiment: Experiment) -> Iterator[tuple[str, Any]]:
    rule = row.port or {}
    if "append" in rule:
        yield from _appended(rule["append"], row, experiment)
    elif "." in rule.get("field", ""):
        yield from _of_experiment(rule, experiment)
    elif row.kind == "optimizer":
        moving = {player for phase in experiment.phases for player in phase.players}
        for name in (name for name in experiment.players if name in moving):
            optimizer = experiment.players[name].optimizer
            if word_of(optimizer) in row.of:
                yield from _of_spec(rule, optimizer, f"players.{name}.optimizer")
    else:
        for network, node in _layers(experiment):
            if word_of(node.layer) in row.of:
                yield from _of_layer(rule, node, f"networks.{network}.layers.{node.name}")


def _layers(experiment: Experiment) -> Iterator[tuple[str, Node]]:
    """The layers that stand in the file: those within a block are made anew by its own fields."""
    for name in experiment.networks:
        yield from ((name, node) for node in experiment.plans[name].nodes if node.block is None)


def _of_layer(rule: Mapping[str, Any], node: Node, key: str) -> Iterator[tuple[str, Any]]:
    if rule.get("edge"):
        if isinstance(node.layer, Conv):
            yield from _padded_at_the_end(node.layer, node, key)
    else:
        yield from _of_spec(rule, node.layer, key)


def _of_spec(rule: Mapping[str, Any], spec: Any, key: str) -> Iterator[tuple[str, Any]]:
    if "type" in rule:
        yield key, {**to_builtins(spec), "type": rule["type"]}
        return
    old = to_builtins(spec)[rule["field"]]
    new = _instead(rule, old)
    if new != old:
        yield f"{key}.{rule['field']}", new


def _of_experiment(rule: Mapping[str, Any], experiment: Experiment) -> Iterator[tuple[str, Any]]:
    place, _, name = rule["field"].partition(".")
    old = getattr(getattr(experiment, place), name)
    if (new := _instead(rule, old)) != old:
        yield rule["field"], new


def _instead(rule: Mapping[str, Any], old: Any) -> Any:
    if rule.get("complement"):
        return 1 - old
    if "swap" in rule:
        return rule["swap"].get(old, old)
    return next((value for value in rule["values"] if value != old), old)


def _padded_at_the_end(layer: Conv, node: Node, key: str) -> Iterator[tuple[str, Any]]:
    """The padding that 'same' has: of an odd number of pixels the one more at the bottom and at the right."""
    _, *sides = node.input_shapes[0]
    before, after = layer.padding_before, layer.padding_after
    same = [
        max(0, (-(-side // step) - 1) * step + reach - side)
        for side, step, reach in zip(sides, pair(layer.stride), layer.reach, strict=True)
    ]
    made = [-(-side // step) for side, step in zip(sides, pair(layer.stride), strict=True)]
    start, end = tuple(one // 2 for one in same), tuple(one - one // 2 for one in same)
    if [*node.plan.output_shape[1:]] == made and start != before and min(before) > 0 and after == before:
        yield f"{key}.padding", [*start]
        yield f"{key}.padding_end", [*end]


def _appended(layer: Mapping[str, Any], row: Row, experiment: Experiment) -> Iterator[tuple[str, Any]]:
    judged = {
        name: kind for phase in experiment.phases for name, kind in phase.objective.outputs().items() if kind in row.of
    }
    for name in (name for name in judged if name in experiment.networks):
        network = experiment.networks[name]
        if not network.outputs:
            yield f"networks.{name}.layers", [*to_builtins(network)["layers"], dict(layer)]
