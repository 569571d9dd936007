"""Named experiments. Each preset is a function that returns one, with its paper and what is odd in its settings.

A preset's parameters are set like any other key:

- ``width`` scales the channel counts of convolutions: ``--set width=0.25``;
- ``length`` is that of sounds, in values;
- ``channels`` (1 for grey, 3 for colour) and ``size`` (pixels a side) are those of the images, data and networks alike;
- ``folder`` puts a folder of a user's own images in place of the preset's data: ``--set folder=cats --set channels=3``;
- ``classes`` are those of a conditional preset, whose folder holds a folder for each class:
  ``--set folder=letters --set classes=26``;
- others are a preset's own, a number or one of a few words, as ``start`` of `mnist-dcgan`.
"""

import inspect
import typing
from collections.abc import Iterable
from typing import Any

import msgspec

from gan_core.errors import SpecError, UsageError, nearest
from gan_core.experiments.experiment import Experiment
from gan_core.presets import catalogue, recipes  # noqa: F401  (they join by name)
from gan_core.presets.entries import PRESETS, RECIPES, Group, Preset, entry_of

__all__ = ["LARGEST_PARAMETER", "PRESETS", "RECIPES", "Group", "Preset", "check_parameters", "entry_of", "preset"]

LARGEST_PARAMETER = 1e9


def preset(name: str, **parameters: Any) -> Experiment:
    """Return the experiment of a preset or a recipe, made with parameters.

    Raises `UsageError` with the nearest name for an unknown one, and for a parameter of the wrong kind.
    """
    entry = entry_of(name)
    if entry is None:
        raise UsageError(f"{PRESETS.unknown(name, aliases=tuple(RECIPES), listed=False)}; `gan list` shows all")
    checked = {key: _checked(name, entry, key, value) for key, value in parameters.items()}
    try:
        made = entry.make(**checked)
    except SpecError as error:
        shown = ", ".join(f"{key}={value}" for key, value in parameters.items())
        raise SpecError(f"preset '{name}' with {shown}: {error}" if shown else str(error)) from None
    return _on_folder(made, checked["folder"]) if "folder" in checked else made


def check_parameters(name: str, keys: Iterable[str]) -> None:
    """Raise `SpecError` for a change of a preset that is neither a field of an experiment nor a parameter of it."""
    for key in keys:
        if "." not in key and key not in Experiment.__struct_fields__:
            entry = entry_of(name) or PRESETS[name]
            near = nearest(key, (*entry.parameters, *Experiment.__struct_fields__))
            meant = near if "did you mean" in near else ""  # the list of all follows
            raise SpecError(f"preset '{name}' has no parameter '{key}'{meant}; it {_takes(entry)}")


def _takes(entry: Preset) -> str:
    """A preset's parameters with their defaults, in words."""
    shown = ", ".join(f"{key}={_choices(one) or one.default}" for key, one in entry.signature.items())
    return f"takes {shown}" if shown else "takes no parameters"


def _choices(parameter: inspect.Parameter) -> str:
    """What a parameter may be, in words; "" for a number."""
    if words := _words(parameter):
        return "|".join(words)
    return str(parameter.default or "FOLDER") if isinstance(parameter.default, str) else ""


def _words(parameter: inspect.Parameter) -> tuple[str, ...]:
    """The words that a parameter may be, the default first; () for one that is a number or a folder."""
    if typing.get_origin(parameter.annotation) is not typing.Literal:
        return ()
    words = typing.get_args(parameter.annotation)
    return (parameter.default, *(word for word in words if word != parameter.default))


def _checked(name: str, entry: Preset, key: str, value: Any) -> Any:
    if key not in entry.parameters:
        raise UsageError(f"preset '{name}' has no parameter '{key}'; it {_takes(entry)}")
    default = entry.signature[key].default
    if words := _words(entry.signature[key]):
        if value not in words:
            raise UsageError(f"preset '{name}': {key} {value!r} is none of its words{nearest(str(value), words)}")
        return value
    if isinstance(default, str):
        if isinstance(value, bool | float) or not str(value):
            raise UsageError(f"preset '{name}': {key} {value!r} is no folder's name")
        return str(value)  # a folder may be called 2024
    if value == default and not isinstance(value, bool):
        return value  # 0 stands for none where it is the default
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < LARGEST_PARAMETER:
        raise UsageError(f"preset '{name}': {key} {value!r} is not a positive number")
    if isinstance(default, int) and not isinstance(value, int):
        raise UsageError(f"preset '{name}': {key} {value!r} is not a whole number")
    return value


def _on_folder(made: Experiment, folder: str) -> Experiment:
    """The experiment with a summary that names the folder in place of the preset's own data."""
    what = "sounds" if made.data.sample_kind == "sound" else "images"
    return msgspec.structs.replace(made, summary=f"{made.summary.partition(' on ')[0]} on the {what} in {folder}")
