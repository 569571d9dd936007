"""How a spec's annotations and the plain data that should become it are walked together, part by part."""

import types
import typing
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec


@cache
def fields_of(spec_type: type) -> dict[str, Any]:
    """Return the annotations of a spec's fields, in order."""
    hints = typing.get_type_hints(spec_type, include_extras=True)
    return {name: hints[name] for name in spec_type.__struct_fields__}  # type: ignore[attr-defined]


@cache
def required_fields(spec_type: type) -> tuple[str, ...]:
    """Return the names of the fields that have no default."""
    return tuple(field.name for field in msgspec.structs.fields(spec_type) if field.required)


def children(value: Any, annotation: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield key (as ".steps" or "[2]"), value and annotation of the parts of a table or a list."""
    spec_type = spec_type_of(value, annotation)
    if spec_type is not None:
        known = fields_of(spec_type)
        yield from ((f".{key}", part, known[key]) for key, part in value.items() if key in known)
        return
    annotation = arm_of(value, annotation)
    arguments = typing.get_args(annotation)
    if isinstance(value, dict) and typing.get_origin(annotation) is dict:
        yield from ((f".{key}", part, arguments[1]) for key, part in value.items())
    elif isinstance(value, list | tuple) and typing.get_origin(annotation) is tuple:
        each = [arguments[0]] * len(value) if arguments[-1] is Ellipsis else arguments
        yield from ((f"[{index}]", part, one) for index, (part, one) in enumerate(zip(value, each, strict=False)))


def spec_type_of(value: Any, annotation: Any) -> type | None:
    """The spec that a table should become, where that can be told: a member of a family by its ``type``."""
    annotation = arm_of(value, annotation)
    if not isinstance(value, dict) or not isinstance(annotation, type):
        return None
    if issubclass(annotation, msgspec.Struct):
        return annotation
    return getattr(annotation, "variants", {}).get(variant_of(value, annotation))


def described(annotation: Any) -> str | None:
    """Return what an annotation says of itself in words, where the library would quote a pattern."""
    extra = typing.get_args(annotation)[1:] if typing.get_origin(annotation) is typing.Annotated else ()
    return next((meta.description for meta in extra if isinstance(meta, msgspec.Meta) and meta.description), None)


def variant_of(value: Any, annotation: Any) -> str | None:
    """The word of the member of a family that a table should become."""
    annotation = arm_of(value, annotation)
    word = value.get("type") if isinstance(value, dict) else None
    return word if isinstance(word, str) and word in getattr(annotation, "variants", {}) else None


def arm_of(value: Any, annotation: Any) -> Any:
    """The annotation without its bounds, and of several alternatives the one for a value of this form."""
    if typing.get_origin(annotation) is typing.Annotated:
        return arm_of(value, typing.get_args(annotation)[0])
    if typing.get_origin(annotation) not in (typing.Union, types.UnionType):
        return annotation
    arms = [arm for arm in typing.get_args(annotation) if arm is not type(None)]
    bare = [typing.get_args(arm)[0] if typing.get_origin(arm) is typing.Annotated else arm for arm in arms]
    lists = [arm for arm in bare if typing.get_origin(arm) is tuple]
    if isinstance(value, list | tuple) and lists:
        return lists[0]
    words = [arm for arm in arms if typing.get_origin(arm) is typing.Literal]
    if isinstance(value, str) and words:
        return words[0]
    return arm_of(value, arms[0]) if len(arms) == 1 else annotation
