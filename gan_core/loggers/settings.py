"""The settings of an experiment as a flat table, by which runs are held against each other."""

from collections.abc import Iterator, Mapping
from typing import Any

from gan_core.experiments.experiment import Experiment
from gan_core.specs.spec import to_builtins

Setting = bool | int | float | str
LEFT_OUT = (
    *("name", "summary", "format", "silenced", "imports", "networks"),
    *("sampling", "logging", "checkpoint", "evaluation"),
)
LONGEST = 200  # letters of a value that is a list


def settings_of(experiment: Experiment, facts: Mapping[str, Any]) -> dict[str, Setting]:
    """Return what makes a training what it is: dotted key → a number, a word or a truth value.

    Of networks the numbers of parameters stand for their layers. facts: of ``environment.json``, for the backend.
    """
    plain = {key: value for key, value in to_builtins(experiment).items() if key not in LEFT_OUT}
    parameters = {f"networks.{name}.parameters": experiment.plans[name].parameters for name in experiment.networks}
    machine = {key: str(facts[key]) for key in ("backend", "device") if key in facts}
    return {"experiment": experiment.name, **machine, **parameters, **dict(_flat(plain, ""))}


def _flat(value: Any, key: str) -> Iterator[tuple[str, Setting]]:
    named = _named(value)
    if named is not None:
        for name, item in named.items():
            yield from _flat(item, f"{key}.{name}" if key else name)
    elif isinstance(value, bool | int | float | str):
        yield key, value
    elif isinstance(value, list | tuple) and value:
        yield key, str(list(value))[:LONGEST]


def _named(value: Any) -> dict[str, Any] | None:
    """The items of a table, or of a list whose items have names or types, by these; None for anything else."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list | tuple) and value and all(isinstance(item, dict) for item in value):
        return {
            str(item.get("name", place)): {key: part for key, part in item.items() if key != "name"}
            for place, item in enumerate(value)
        }
    return None
