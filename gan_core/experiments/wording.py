"""Fields of an experiment in words: those that are unlike the usual, with their values, as people read them."""

from typing import Any

import msgspec

from gan_core.experiments.phases import Phase
from gan_core.specs.layers import Layer
from gan_core.specs.networks import Input
from gan_core.specs.spec import to_builtins

COMMON_FIELDS = {"type", "name", "inputs", "weight_init", "bias_init", "scale_init", "shortcut_init"}


def unusual_fields(layer: Layer) -> dict[str, object]:
    """Return the fields of a layer that have another value than by default, or no default, as plain data."""
    plain, usual = to_builtins(layer), {field.name: field.default for field in msgspec.structs.fields(layer)}  # type: ignore[arg-type]
    return {
        key: value for key, value in plain.items() if key not in COMMON_FIELDS and getattr(layer, key) != usual.get(key)
    }


def kind_of_input(given: Input) -> str:
    """Return what an input is: its kind, the field of the data that it reads, a distribution other than the usual."""
    if given.field:
        return f"the data's {given.field}"
    return given.kind if given.distribution == "normal" else f"{given.kind}, {given.distribution}"


def how_often(phase: Phase) -> str:
    """Return how often and when a phase runs, as it stands behind its name: ``× 5, every 2 steps``; else ""."""
    often = f" × {phase.repeats}" if phase.repeats > 1 else ""
    often += f", every {phase.every_steps} steps" if phase.every_steps > 1 else ""
    often += f", from step {phase.first_step:,}" if phase.first_step > 1 else ""
    often += f", to step {phase.last_step:,}" if phase.last_step is not None else ""
    return often


def without_the_usual(value: Any) -> Any:
    """Return a spec, or a table or list of them, as plain data without fields at their defaults and first values."""
    if isinstance(value, msgspec.Struct):
        usual = {field.name: field.default for field in msgspec.structs.fields(value)}
        left_out = COMMON_FIELDS - {"inputs"} if isinstance(value, Layer) else set()
        fields = {name: getattr(value, name) for name in usual if name not in left_out}
        said = {name: part for name, part in fields.items() if part is not None and part != usual[name]}
        tag = value.__struct_config__.tag
        return ({"type": tag} if tag else {}) | {name: without_the_usual(part) for name, part in said.items()}
    if isinstance(value, dict):
        return {key: without_the_usual(part) for key, part in value.items()}
    return [without_the_usual(part) for part in value] if isinstance(value, list | tuple) else value


def in_words(plain: dict[str, Any]) -> str:
    """Return a table of plain data in a line: its type, then its fields, but for empty ones.

    >>> in_words({"type": "conv", "channels": 8, "stride": 2, "name": ""})
    'conv (channels 8, stride 2)'
    """
    kind = str(plain.get("type", ""))
    said = {key: value for key, value in plain.items() if key != "type" and value not in ([], {}, "")}
    rest = [f"{key} {value_in_words(value)}" for key, value in said.items()]
    return f"{kind} ({', '.join(rest)})" if kind and rest else kind or ", ".join(rest)


def value_in_words(value: object) -> str:
    """Return a value of plain data in a line: ``1×28×28`` for a shape, every digit that a number needs to be itself."""
    if isinstance(value, dict):
        return in_words(value)
    if isinstance(value, list):
        items = [value_in_words(item) for item in value]
        is_shape = all(isinstance(item, int) for item in value)
        return "×".join(items) if is_shape else f"[{', '.join(items)}]"
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    return str(value)
