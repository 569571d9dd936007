"""What all specs share: frozen data, checked when made, that becomes a file and comes back equal.

A spec holds numbers, words and other specs, never a callable or a framework's object.
A *family* (layers, losses, data sets, …) is open: a subclass defined anywhere joins it under its own name,
so that an experiment file can use it as soon as it is imported.
"""

import math
import re
import typing
from functools import cache
from typing import Annotated, Any, ClassVar

import msgspec
import numpy as np

from gan_core.errors import SpecError, nearest

S = typing.TypeVar("S", bound="Spec")
PositiveInt = Annotated[int, msgspec.Meta(ge=1)]
NonNegativeInt = Annotated[int, msgspec.Meta(ge=0)]
PositiveFloat = Annotated[float, msgspec.Meta(gt=0)]
NonNegativeFloat = Annotated[float, msgspec.Meta(ge=0)]
# Names become parts of file names and of the names of weights, so they hold no dot, slash or space.
PlainName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,64}\Z")]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


def variant_name(class_name: str) -> str:
    """Return the word that stands in files for a class: ``LeakyReLU`` is ``leaky_relu``."""
    flat = class_name.replace("ReLU", "Relu").replace("ELU", "Elu")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", flat).lower()


class Spec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all specs. Raises `SpecError` when a field has the wrong type or range."""

    def __post_init__(self) -> None:
        for name, annotation in _fields(type(self)).items():
            value = getattr(self, name)
            if isinstance(value, np.generic):  # a learning rate out of np.geomspace
                value = value.item()
            try:
                checked = msgspec.convert(value, annotation, dec_hook=_decode_variant)
            except msgspec.ValidationError as error:
                raise SpecError(f"{variant_name(type(self).__name__)}.{name}: {_got(error, value)}") from None
            if isinstance(checked, float) and not math.isfinite(checked):
                raise SpecError(f"{variant_name(type(self).__name__)}.{name}: expected a finite number, got {checked}")
            if checked is not getattr(self, name):
                msgspec.structs.force_setattr(self, name, checked)
        self.check()

    def check(self) -> None:
        """Raise `SpecError` where fields contradict each other."""


class Family:
    """Mixin of an open family of specs; ``variants`` maps the word in files to the class."""

    __slots__ = ()
    variants: ClassVar[dict[str, type]]

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if Family in cls.__bases__:
            cls.variants = {}
        elif not cls.__name__.startswith("_"):
            cls.variants[variant_name(cls.__name__)] = cls


class Variant(Spec, frozen=True, kw_only=True, tag_field="type", tag=variant_name):
    """Base of a member of a family: in files it carries its word as ``type``."""


def to_builtins(spec: Spec) -> dict[str, Any]:
    """Return a spec as plain dictionaries, lists, numbers and strings, defaults included."""
    plain = msgspec.to_builtins(spec, builtin_types=())
    return typing.cast(dict[str, Any], _without_none(plain))


def from_builtins(plain: Any, spec_type: type[S]) -> S:
    """Return the spec that plain data describe. Raises `SpecError` with the place of the fault."""
    try:
        return msgspec.convert(plain, spec_type, dec_hook=_decode_variant)
    except msgspec.ValidationError as error:
        raise SpecError(_placed(error).replace("[...]", _failing_key(error, plain, spec_type), 1)) from None


def _failing_key(error: msgspec.ValidationError, plain: Any, spec_type: type) -> str:
    """The key that the library's path hides as "[...]", where a table of the outermost spec failed."""
    field = re.search(r"`\$\.(\w+)\[\.\.\.\]", str(error))
    if field is None:
        return "[...]"
    annotation = _fields(spec_type)[field[1]]
    for key, value in plain[field[1]].items():
        try:
            msgspec.convert({key: value}, annotation, dec_hook=_decode_variant)
        except msgspec.ValidationError:
            return f".{key}"
    return "[...]"


@cache
def _fields(spec_type: type) -> dict[str, Any]:
    hints = typing.get_type_hints(spec_type, include_extras=True)
    return {name: hints[name] for name in spec_type.__struct_fields__}  # type: ignore[attr-defined]


def _decode_variant(family: type, plain: Any) -> Any:
    if isinstance(plain, family):
        return plain
    variants = getattr(family, "variants", None)
    if variants is None:
        raise NotImplementedError(f"no reading of {family.__name__}")
    if not isinstance(plain, dict) or not isinstance(plain.get("type"), str):
        raise ValueError(f"expected a table with a 'type' out of: {', '.join(sorted(variants))}")
    word = plain["type"]
    if word not in variants:
        raise ValueError(f"unknown {family.__name__.lower()} '{word}'{nearest(word, variants)}")
    try:
        return msgspec.convert(plain, variants[word], dec_hook=_decode_variant)
    except msgspec.ValidationError as error:
        raise ValueError(f"{word}: {_placed(error)}") from None


def _placed(error: Exception) -> str:
    """The library's message with the place in our words: "expected `int` >= 1 (at layers[2])"."""
    text = re.sub(r" - at `\$\.?(.*?)`", r" (at \1)", str(error)).replace(" (at )", "")
    return re.sub(r"^Expected", "expected", text)


def _got(error: msgspec.ValidationError, value: Any) -> str:
    text = _placed(error)
    return text if "got" in text or isinstance(value, (tuple, list, dict)) else f"{text}, got {value!r}"


def _without_none(plain: Any) -> Any:
    """TOML has no null, so a field that is None is left out of files."""
    if isinstance(plain, dict):
        return {key: _without_none(value) for key, value in plain.items() if value is not None}
    if isinstance(plain, (list, tuple)):
        return [_without_none(value) for value in plain]
    return plain
