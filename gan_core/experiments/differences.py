"""Two experiments side by side: the fields of their files that differ, and what follows from them in numbers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from gan_core.experiments.alignment import align
from gan_core.experiments.cost import all_multiply_adds, step_multiply_adds
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.wording import value_in_words, without_the_usual
from gan_core.plans.plans import Plan
from gan_core.specs.networks import Network
from gan_core.specs.paths import item_names

Table = dict[str, Any]
ABSENT = "—"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that differs between a left and a right experiment.

    key: a field as ``--set`` takes it, ``networks.generator.layers.dense_2.units``, of the left experiment; of what the
    right one alone has, the right one's. Of what is worked out, what it is a figure of.
    right_key: the key in the right experiment where that is another, since layers before it shift the numbers, else "".
    left, right: the values as plain data, None where there is none.
    left_words, right_words: the same in a line; of a whole layer or phase, its fields that are unlike the usual.
    derived: whether it is worked out from the fields.
    """

    key: str
    right_key: str = ""
    left: Any
    right: Any
    left_words: str
    right_words: str
    derived: bool = False


def differences(left: Experiment, right: Experiment) -> list[Difference]:
    """Return what differs between two experiments: first fields in the order of the file, then what follows from them.

    Fields that a file leaves out count with their defaults. Layers are laid side by side by
    `gan_core.experiments.alignment`, phases by their names; a layer, network or player that one of the two alone has is
    one difference. What a layer reads counts as the same where it reads the layer that stands beside the other's.

    >>> from gan_core.presets import preset
    >>> from gan_core.experiments.files import with_changes
    >>> digits = preset("digits-mlp")
    >>> [(row.key, row.left, row.right) for row in differences(digits, with_changes(digits, {"training.seed": 7}))]
    [('training.seed', 0, 7)]
    """
    return [*_of_values(left, right, "", ""), *_derived(left, right)]


def _of_values(left: Any, right: Any, key: str, right_key: str) -> Iterator[Difference]:
    """The differences of two values in the place of these keys: specs, tables, lists, or what has no parts."""
    if left == right:
        return
    table, other_table = _table(left), _table(right)
    items, other_items = _list_of_tables(left), _list_of_tables(right)
    if table is not None and other_table is not None and not _nothing_in_common(table, other_table):
        for name in dict.fromkeys([*table, *other_table]):
            place, other_place = (f"{one}.{name}" if one else name for one in (key, right_key))
            yield from _of_values(table.get(name), other_table.get(name), place, other_place)
    elif items is not None and other_items is not None:
        typed = any("type" in item for item in [*items, *other_items])
        yield from (_of_items if typed else _of_named_items)(left, right, key, right_key)
    else:
        yield _difference(left, right, key, right_key)


def _difference(left: Any, right: Any, key: str, right_key: str) -> Difference:
    return Difference(
        key=right_key if left is None else key,
        right_key="" if left is None or right is None or key == right_key else right_key,
        left=_plain(left),
        right=_plain(right),
        left_words=_words(left),
        right_words=_words(right),
    )


def _table(value: Any) -> Table | None:
    """The fields of a spec by name, its type among them, or the entries of a table; None for anything else."""
    if isinstance(value, msgspec.Struct):
        tag = value.__struct_config__.tag
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        return {"type": tag} | fields if tag else fields
    return value if isinstance(value, dict) else None


def _nothing_in_common(table: Table, other: Table) -> bool:
    """Whether two tables are of different types without a field that both have, such as two rules for first values."""
    return table.get("type") != other.get("type") and set(table) & set(other) == {"type"}


def _list_of_tables(value: Any) -> list[Table] | None:
    tables = [_table(item) for item in value] if isinstance(value, list | tuple) else [None]
    known = [table for table in tables if table is not None]
    return known if len(known) == len(tables) else None


def _plain(value: Any) -> Any:
    plain = msgspec.to_builtins(value, builtin_types=())
    return [*plain] if isinstance(plain, tuple) else plain


def _words(value: Any) -> str:
    if value is None:
        return ABSENT
    if isinstance(value, Network):
        return f"{len(value.layers)} layers"
    return value_in_words(without_the_usual(value)) or '""'


def _of_named_items(left: Sequence[Any], right: Sequence[Any], key: str, right_key: str) -> Iterator[Difference]:
    """The differences of lists whose items have names of their own, such as phases."""
    tables = [{item.name: item for item in items} for items in (left, right)]
    orders = [[name for name in table if all(name in other for other in tables)] for table in tables]
    if orders[0] != orders[1]:
        yield _difference(orders[0], orders[1], f"{key} (order)", f"{key} (order)")
    yield from _of_values(tables[0], tables[1], key, right_key)


def _of_items(left: Sequence[Any], right: Sequence[Any], key: str, right_key: str) -> Iterator[Difference]:
    """The differences of lists of layers or their like, laid side by side."""
    tables, other_tables = _list_of_tables(left) or [], _list_of_tables(right) or []
    names, other_names = item_names(tables), item_names(other_tables)
    pairs = align(tables, other_tables)
    partners = dict.fromkeys(other_names, "")  # a layer of the right alone is none of the left's
    partners |= {other_names[j]: names[i] for i, j in pairs if i is not None and j is not None}
    for i, j in pairs:
        place = f"{key}.{names[i]}" if i is not None else ""
        other_place = f"{right_key}.{other_names[j]}" if j is not None else ""
        if i is None or j is None:
            one, other = (None if at is None else items[at] for at, items in ((i, left), (j, right)))
            yield _difference(one, other, place, other_place)
        elif tables[i]["type"] != other_tables[j]["type"]:
            yield _difference(left[i], right[j], place, other_place)
        else:
            one, other = tables[i], other_tables[j]
            if [*one.get("inputs", ())] == [partners.get(name, name) for name in other.get("inputs", ())]:
                one, other = ({key: part for key, part in item.items() if key != "inputs"} for item in (one, other))
            yield from _of_values(one, other, place, other_place)


def _derived(left: Experiment, right: Experiment) -> Iterator[Difference]:
    figures, other_figures = _figures(left), _figures(right)
    for key in dict.fromkeys([*figures, *other_figures]):
        one, other = figures.get(key), other_figures.get(key)
        if one != other:
            words = [f"{value:,}" if isinstance(value, int) else _words(value) for value in (one, other)]
            yield Difference(key=key, left=one, right=other, left_words=words[0], right_words=words[1], derived=True)


def _figures(experiment: Experiment) -> Table:
    """What follows from the fields of an experiment: sizes, shapes and costs, by what they are of."""
    figures: Table = {}
    for name in experiment.networks:
        figures |= {f"{name}: {key}": value for key, value in _figures_of_network(experiment.plans[name]).items()}
    if len(experiment.networks) > 1:
        figures["all networks: parameters"] = sum(experiment.plans[name].parameters for name in experiment.networks)
    for phase, cost in all_multiply_adds(experiment).items():
        figures[f"phase {phase}: multiply-adds an update"] = cost
    of_step = step_multiply_adds(experiment)
    if of_step is not None:
        figures["a step: multiply-adds"] = round(of_step)
        of_all = 2 * of_step * experiment.training.steps / 1e9
        figures["all steps: GFLOP"] = round(of_all) if of_all > 10 else round(of_all, 3)
    return figures


def _figures_of_network(plan: Plan) -> Mapping[str, Any]:
    heads = {f"output {name}" if plan.heads[1:] else "output": [*shape] for name, shape in plan.outputs.items()}
    return {
        "layers": len(plan.nodes),
        **heads,
        "parameters": plan.parameters,
        "multiply-adds a sample": plan.multiply_adds,
    }
