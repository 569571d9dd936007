"""The inputs of an update, and how those of several updates travel to a compiled function: in one flat dictionary."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any


@dataclass(frozen=True, kw_only=True)
class UpdateInputs:
    """All that one update of a phase needs from outside: NumPy arrays and floats, or the framework's within a unit.

    draws: the arrays of `Objective.draws` and the numbers of `Objective.floats`, by name.
    mask_key: int64 [2], from which dropout draws its masks, or None where no network has dropout.
    settings: the numbers of `Optimizer.settings` for this update of each player that moves, as ``player/name``.
    """

    draws: Mapping[str, Any]
    mask_key: Any
    settings: Mapping[str, Any]

    def settings_of(self, player: str) -> dict[str, Any]:
        """Return the settings of one player's update, by name."""
        start = f"{player}/"
        return {name.removeprefix(start): value for name, value in self.settings.items() if name.startswith(start)}


def flattened(updates: Sequence[UpdateInputs]) -> dict[str, Any]:
    """Return the inputs of the updates of a unit in one dictionary, by the names that `nested` reads."""
    flat: dict[str, Any] = {}
    for position, inputs in enumerate(updates):
        flat |= {f"{position}/draws/{name}": value for name, value in inputs.draws.items()}
        if inputs.mask_key is not None:
            flat[f"{position}/mask_key/"] = inputs.mask_key
        flat |= {f"{position}/settings/{name}": value for name, value in inputs.settings.items()}
    return flat


def nested(flat: Mapping[str, Any], count: int) -> list[UpdateInputs]:
    """Return the inputs of each of `count` updates out of one dictionary: the way back from `flattened`."""
    parts: list[dict[str, dict[str, Any]]] = [{"draws": {}, "mask_key": {}, "settings": {}} for _ in range(count)]
    for flat_name, value in flat.items():
        position, member, name = _place(flat_name)
        parts[position][member][name] = value
    return [
        UpdateInputs(draws=part["draws"], mask_key=part["mask_key"].get(""), settings=part["settings"])
        for part in parts
    ]


@cache  # the same few names at every step
def _place(flat_name: str) -> tuple[int, str, str]:
    position, member, name = flat_name.split("/", 2)
    return int(position), member, name
