"""What differs between the frameworks, as a table: its rows, and those that matter for an experiment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from gan_core.experiments.experiment import Experiment
from gan_core.lessons.package_data import table_of
from gan_core.specs.spec import variant_name

TABLE = "differences.toml"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One difference.

    name: of the row. kind: what `of` names: "layer", "optimizer", "loss" (what the discriminator gives: "logits"),
    "step" (every experiment) or "penalty" (an experiment with one). lines: words by which further lines are known that
    it concerns. defaults: framework → its own value, where that is
    a number. port: the change that stands for the mistake, or None. texts: language → title, a text for each framework,
    and "ignored": what becomes of a port that ignores it.
    """

    name: str
    kind: str
    of: tuple[str, ...]
    lines: tuple[str, ...]
    defaults: Mapping[str, float]
    port: Mapping[str, Any] | None
    texts: Mapping[str, Mapping[str, str]]

    def text(self, language: str, part: str) -> str:
        """Return a text: "title", "ignored", or, by its name, what a framework does; "" where there is none."""
        return self.texts[language].get(part, "")


def all_rows() -> list[Row]:
    """Return the table, in order."""
    return [
        Row(
            name=row["name"],
            kind=row["kind"],
            of=tuple(row["of"]),
            lines=tuple(row.get("lines", ())),
            defaults=row.get("defaults", {}),
            port=row.get("port"),
            texts={key: value for key, value in row.items() if isinstance(value, dict) and "title" in value},
        )
        for row in table_of(TABLE)["row"]
    ]


def title_of(framework: str) -> str:
    """Return what a framework is called; its name in commands where the table does not know it."""
    return str(table_of(TABLE)["titles"].get(framework, framework))


def titled() -> list[str]:
    """Return the frameworks that the table speaks of, in its order."""
    return [*table_of(TABLE)["titles"]]


def rows_of(experiment: Experiment) -> list[Row]:
    """Return the rows that matter for an experiment: those of its layers, optimizers and losses, and of every step."""
    there = kinds_in(experiment)
    return [row for row in all_rows() if (row.kind in there and (not row.of or there[row.kind].intersection(row.of)))]


def kinds_in(experiment: Experiment) -> dict[str, set[str]]:
    """Return the words of an experiment by the kind of row that they concern."""
    layers = {word_of(node.layer) for plan in experiment.plans.values() for node in plan.nodes}
    moving = {player for phase in experiment.phases for player in phase.players}
    found = {
        "layer": layers,
        "optimizer": {word_of(experiment.players[name].optimizer) for name in moving},
        "loss": {kind for phase in experiment.phases for kind in phase.objective.outputs().values()},
        "step": {"step"},
    }
    if any(_values_of(msgspec.to_builtins(phase.objective), "penalties") for phase in experiment.phases):
        found["penalty"] = {"penalty"}
    return found


def rows_of_line(rows: Iterable[Row], experiment: Experiment, key: str, text: str = "") -> list[Row]:
    """Return which of some rows concern a line of a program; key, text: of the line, as `gan_core.programs` has it."""
    by_key = _rows_of_key(rows := list(rows), experiment, key)
    return [row for row in rows if row in by_key or any(word in text for word in row.lines)]


def _rows_of_key(rows: Iterable[Row], experiment: Experiment, key: str) -> list[Row]:
    first, _, rest = key.partition(".")
    network, name = first, rest
    if network in experiment.plans:
        words = {word_of(node.layer) for node in experiment.plans[network].nodes if node.name == name}
        return [row for row in rows if row.kind == "layer" and words.intersection(row.of)]
    if first == "gan" and rest.endswith("_optimizer"):
        player = experiment.players.get(rest.removesuffix("_optimizer"))
        words = {word_of(player.optimizer)} if player else set()
        return [row for row in rows if row.kind == "optimizer" and words.intersection(row.of)]
    return []


def word_of(spec: object) -> str:
    """Return the word of a spec in experiment files."""
    return variant_name(type(spec).__name__)


def _values_of(plain: Any, key: str) -> list[Any]:
    """All that stands under a key anywhere in plain data, empty lists left out."""
    if isinstance(plain, dict):
        own = [plain[key]] if plain.get(key) else []
        return own + [value for item in plain.values() for value in _values_of(item, key)]
    if isinstance(plain, list | tuple):
        return [value for item in plain for value in _values_of(item, key)]
    return []
