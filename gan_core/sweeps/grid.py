"""A grid: every combination of some values, each with a short name for folders and a title for tables."""

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gan_core.errors import SpecError

EXPERIMENT = "experiment"  # the axis that changes what all else changes
LONGEST_VALUE, LONGEST_NAME = 24, 120  # letters in the name of a folder
REFUSED = {
    "training.seed": "the sweep has seeds = [0, 1, 2]",
    "name": "variants are named after what differs",
}


@dataclass(frozen=True, kw_only=True)
class Point:
    """One combination. changes: dotted key → value, in the order of the axes; of the experiment, its name or file.

    settings: the axis in short → the value in short.
    """

    name: str
    settings: Mapping[str, str]
    changes: Mapping[str, Any]

    @property
    def title(self) -> str:
        """What it is, as ``batch_size 32, slope 0.2``."""
        return ", ".join(word if axis == EXPERIMENT else f"{axis} {word}" for axis, word in self.settings.items())


def axes_of(grid: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return dotted key → values. A grid may have keys in quotes, or tables in tables, as TOML reads bare dotted keys.

    Raises `SpecError` for an axis that is no list of different values, or that a sweep has another word for.

    >>> axes_of({"training": {"batch_size": [32, 64]}})
    {'training.batch_size': [32, 64]}
    """
    axes: dict[str, list[Any]] = {}
    for key, values in grid.items():
        if isinstance(values, Mapping):
            axes |= {f"{key}.{below}": found for below, found in axes_of(values).items()}
        else:
            axes[key] = _checked(key, values)
    for key in axes:
        if key in REFUSED:
            raise SpecError(f"grid.{key}: {REFUSED[key]}")
    return axes


def _checked(key: str, values: Any) -> list[Any]:
    if not isinstance(values, Sequence) or isinstance(values, str) or not values:
        raise SpecError(f'grid.{key}: expected a list of values, as "{key}" = [1, 2]; got {str(values)[:60]}')
    if any(value in values[:number] for number, value in enumerate(values)):
        raise SpecError(f"grid.{key}: expected different values, got {str(list(values))[:100]}")
    if key == EXPERIMENT and not all(isinstance(value, str) for value in values):
        raise SpecError(f"grid.{key}: expected names of presets or files, got {str(list(values))[:100]}")
    return list(values)


def points_of(axes: Mapping[str, Sequence[Any]]) -> list[Point]:
    """Return all combinations of the axes' values, the last axis fastest; of no axes, one that changes nothing.

    >>> [point.name for point in points_of({"training.batch_size": [32, 64], "width": [0.5]})]
    ['batch_size-32-width-0.5', 'batch_size-64-width-0.5']
    """
    shorts = short_keys(list(axes))
    words = {key: short_values(values) for key, values in axes.items()}
    points: list[Point] = []
    for places in itertools.product(*(range(len(values)) for values in axes.values())):
        settings = {shorts[key]: words[key][place] for key, place in zip(axes, places, strict=True)}
        name = "-".join(word if axis == EXPERIMENT else f"{axis}-{word}" for axis, word in settings.items())
        if len(name) > LONGEST_NAME:
            name = f"grid-{len(points) + 1:03d}"
        changes = {key: axes[key][place] for key, place in zip(axes, places, strict=True)}
        points.append(Point(name=name, settings=settings, changes=changes))
    return points


def short_keys(keys: Sequence[str]) -> dict[str, str]:
    """Return each key's last word, and where several keys end alike, the words before it in which they differ.

    >>> short_keys(["players.g.optimizer.learning_rate", "players.d.optimizer.learning_rate", "width"])
    {'players.g.optimizer.learning_rate': 'g.learning_rate', \
'players.d.optimizer.learning_rate': 'd.learning_rate', 'width': 'width'}
    """
    shorts = {}
    for key in keys:
        alike = [other.split(".") for other in keys if other.split(".")[-1] == key.split(".")[-1]]
        shared = set.intersection(*map(set, alike)) if len(alike) > 1 else set()
        *before, last = key.split(".")
        differing = [word for word in before if word not in shared] if len(alike) > 1 else []
        shorts[key] = ".".join([*differing, last])
    if len(set(shorts.values())) < len(keys):
        return {key: key for key in keys}
    return {key: _plain(short) for key, short in shorts.items()}


def short_values(values: Sequence[Any]) -> list[str]:
    """Return each value in letters that a folder's name may have; numbers in their place where these are not enough.

    >>> short_values([32, 1e-4, True, "other/mine.toml", {"type": "adam", "beta": 0.5}, [0, 1]])
    ['32', '0.0001', 'true', 'mine', 'adam', '0_1']
    >>> short_values([[{"type": "dense"}], [{"type": "conv"}]])
    ['1', '2']
    """
    words = [_short(value) for value in values]
    if len(set(words)) < len(words) or any(not word or len(word) > LONGEST_VALUE for word in words):
        return [str(number) for number in range(1, len(values) + 1)]
    return words


def _short(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return _plain(str(value.get("type", "")))
    if isinstance(value, list | tuple):
        simple = not any(isinstance(one, list | tuple | Mapping) for one in value)
        return "_".join(_short(one) for one in value) if simple else ""
    if isinstance(value, str) and value.endswith((".toml", ".json")):
        return _plain(Path(value).stem)
    return _plain(str(value))


def _plain(word: str) -> str:
    return re.sub(r"[^A-Za-z0-9._+-]", "_", word).strip(".")
