"""The fields of specs in words: type, range and default, as a reader of experiment files has them."""

import json
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from gan_core.specs.spec import Family, Spec

FAMILIES = {  # kind → module and name of the family
    "layers": ("gan_core.specs.layers", "Layer"),
    "objectives": ("gan_core.objectives", "Objective"),
    "penalties": ("gan_core.objectives.penalties", "Penalty"),
    "terms": ("gan_core.objectives", "Term"),
    "optimizers": ("gan_core.specs.optimizers", "Optimizer"),
    "schedules": ("gan_core.specs.optimizers", "Schedule"),
    "initializers": ("gan_core.specs.initializers", "Initializer"),
    "data": ("gan_core.experiments.experiment", "Data"),
}


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of the spec `owner`: its type and range in words, and its default, "" where there is none."""

    owner: type
    name: str
    type: str
    default: str


def fields_of(spec: type) -> list[Field]:
    """Return a spec's fields in order."""
    hints = typing.get_type_hints(spec, include_extras=True)
    return [
        Field(owner=spec, name=info.name, type=type_in_words(hints[info.name]), default=_default(info))
        for info in msgspec.structs.fields(spec)
    ]


def type_in_words(annotation: Any) -> str:
    """Return a field's type and range as a reader of experiment files has it: ``whole number, at least 1``."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is None:
        return _plain_type(annotation)
    types = [] if origin is typing.Literal else [part for part in arguments if part not in (..., type(None))]
    inner = [type_in_words(part) for part in types]
    if origin is typing.Annotated:
        return inner[0] + _range(annotation.__metadata__)
    if origin is typing.Literal:
        return " | ".join(str(word) for word in arguments)
    if origin is tuple:
        return f"list of: {inner[0]}" if ... in arguments else f"[{', '.join(inner)}]"
    if origin is dict:
        return f"table of NAME = {inner[1]}"
    return " or ".join(inner) + (", or left out" if type(None) in arguments else "")


def _plain_type(annotation: Any) -> str:
    plain = {int: "whole number", float: "number", str: "text", bool: "true | false"}
    if annotation in plain:
        return plain[annotation]
    name = getattr(annotation, "__name__", str(annotation))
    kind = next((kind for kind, (_, family) in FAMILIES.items() if family == name), None)
    return f"one of `gan list {kind}`" if kind else name.lower()


def _range(metadata: tuple[Any, ...]) -> str:
    words = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
    return "".join(
        f", {word} {getattr(meta, key)}"
        for meta in metadata
        for key, word in words.items()
        if getattr(meta, key, None) is not None
    )


def _default(info: msgspec.structs.FieldInfo) -> str:
    value = info.default
    if value is msgspec.NODEFAULT and info.default_factory is not msgspec.NODEFAULT:
        value = info.default_factory()
    if value is msgspec.NODEFAULT:
        return ""
    if isinstance(value, Spec):
        return str(value.__struct_config__.tag or "its own defaults")
    return "left out" if value is None else json.dumps(value, ensure_ascii=False, default=str)


def field_paths(spec: type, before: str) -> Iterator[tuple[str, Field]]:
    """Yield every field of a spec and of the specs within it by its dotted path; NAME stands for a user's name.

    before: the path of the spec itself, ending in a dot, or "".
    """
    hints = typing.get_type_hints(spec, include_extras=True)
    for entry in fields_of(spec):
        path, annotation = f"{before}{entry.name}", hints[entry.name]
        inner, step = _inner(annotation)
        if inner is None:
            yield path, entry
        else:
            yield from field_paths(inner, f"{path}{step}.")


def _inner(annotation: Any) -> tuple[type | None, str]:
    """Return the spec that a field holds, itself or in a table or list, and the step to it in a path.

    The spec is None for plain values and for families, whose fields depend on the word.
    """
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _inner(arguments[0])
    if origin is dict:
        return _inner(arguments[1])[0], ".NAME"
    if origin is tuple and Ellipsis in arguments:
        return _inner(arguments[0])[0], ".NAME"
    is_spec = isinstance(annotation, type) and issubclass(annotation, Spec) and not issubclass(annotation, Family)
    return (annotation, "") if is_spec else (None, "")
