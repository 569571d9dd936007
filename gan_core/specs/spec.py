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

from gan_core.errors import SpecError
from gan_core.specs.faults import explain, field_fault
from gan_core.specs.registry import Registry
from gan_core.specs.walk import fields_of, required_fields

S = typing.TypeVar("S", bound="Spec")
PositiveInt = Annotated[int, msgspec.Meta(ge=1)]
NonNegativeInt = Annotated[int, msgspec.Meta(ge=0)]
PositiveFloat = Annotated[float, msgspec.Meta(gt=0)]
NonNegativeFloat = Annotated[float, msgspec.Meta(ge=0)]
# Names become parts of file names and of the names of weights, so they hold no dot, slash or space.
PlainName = Annotated[
    str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,64}\Z", description="1 to 64 letters without accents, digits, _ and -")
]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


def variant_name(class_name: str) -> str:
    """Return the word that stands in files for a class: ``LeakyReLU`` is ``leaky_relu``.

    >>> variant_name("LeakyReLU")
    'leaky_relu'
    """
    flat = class_name.replace("ReLU", "Relu").replace("SiLU", "Silu").replace("ELU", "Elu")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", flat).lower()


class _SpecMeta(msgspec.StructMeta):
    """Makes a misspelt or missing field one line too where a spec is made in Python."""

    def __call__(cls, *given: Any, **named: Any) -> Any:  # noqa: N805  (a metaclass's self is a class)
        """Return the spec. Raises `SpecError` for fields that it does not have, or that are missing."""
        try:
            return super().__call__(*given, **named)
        except TypeError:
            word = variant_name(cls.__name__)
            if given:
                raise SpecError(f"{word}: fields are given by name, as {word}({_first_field(cls)}=…)") from None
            if fault := field_fault(word, named, cls):
                raise SpecError(fault) from None
            raise


class Spec(msgspec.Struct, metaclass=_SpecMeta, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all specs. Raises `SpecError` when a field has the wrong type or range.

    left_out_if_default: fields that files leave out where they have their default, so that a file written before there
    was such a field stays what it was.
    """

    left_out_if_default: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        word = variant_name(type(self).__name__)
        if isinstance(self, Family) and (lacking := _lacking(type(self))):
            raise SpecError(f"{word}: the class {type(self).__name__} lacks {', '.join(lacking)}; define it")
        for name, annotation in fields_of(type(self)).items():
            value = getattr(self, name)
            if isinstance(value, np.generic):  # a learning rate out of np.geomspace
                value = value.item()
            try:
                checked = msgspec.convert(value, annotation, dec_hook=_decode_variant)
            except msgspec.ValidationError:
                raise SpecError(f"{word}.{name}: {explain(value, annotation, _decode_variant)}") from None
            if isinstance(checked, float) and not math.isfinite(checked):
                raise SpecError(f"{word}.{name}: expected a finite number, got {checked}")
            if checked is not getattr(self, name):
                msgspec.structs.force_setattr(self, name, checked)
        self.check()

    def check(self) -> None:
        """Raise `SpecError` where fields contradict each other."""


class Family:
    """Mixin of an open family of specs; ``variants`` is the table of its members by their words in files.

    A subclass joins unless it is a base for others: its name begins with an underscore, it says ``is_base = True`` in
    its own body, it is no spec, or a method of the family that is marked abstract is not defined in it. The word of
    another module's member is refused (see `Registry`).
    """

    __slots__ = ()
    variants: ClassVar[Registry[type]]

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        word = variant_name(cls.__name__)
        if Family in cls.__bases__:
            cls.variants = Registry(word, in_files=True)
            cls.variants.bases[word] = []
        elif _is_base(cls):
            cls.variants.bases[word] = _lacking(cls)
        else:
            cls.variants.add(word, cls, module=cls.__module__)


class Variant(Spec, frozen=True, kw_only=True, tag_field="type", tag=variant_name):
    """Base of a member of a family: in files it carries its word as ``type``."""


def _is_base(cls: type) -> bool:
    """Whether a subclass of a family is there to be derived from."""
    marked = cls.__name__.startswith("_") or cls.__dict__.get("is_base", False)
    return bool(marked or not issubclass(cls, msgspec.Struct) or _lacking(cls))


def _lacking(cls: type) -> list[str]:
    """The methods of its family that a class would have to define."""
    names = dict.fromkeys(name for base in cls.__mro__ for name in vars(base))
    return [name for name in names if getattr(getattr(cls, name, None), "__isabstractmethod__", False)]


def _first_field(cls: type) -> str:
    return next(iter((*required_fields(cls), *fields_of(cls))), "field")


def to_builtins(spec: Spec) -> dict[str, Any]:
    """Return a spec as plain dictionaries, lists, numbers and strings, defaults included."""
    return typing.cast(dict[str, Any], _as_in_a_file(msgspec.to_builtins(spec, builtin_types=()), spec))


def from_builtins(plain: Any, spec_type: type[S]) -> S:
    """Return the spec that plain data describe. Raises `SpecError` with the place of the fault."""
    try:
        return msgspec.convert(plain, spec_type, dec_hook=_decode_variant)
    except msgspec.ValidationError:
        raise SpecError(explain(plain, spec_type, _decode_variant, spec_type)) from None
    except RecursionError:
        raise SpecError("tables stand in tables too many times over; expected fewer than a hundred") from None


def _decode_variant(family: type, plain: Any) -> Any:
    if isinstance(plain, family):
        return plain
    variants = getattr(family, "variants", None)
    if variants is None:
        raise NotImplementedError(f"no reading of {family.__name__}")
    if not isinstance(plain, dict) or not isinstance(plain.get("type"), str):
        raise ValueError(f"expected a table with a 'type' out of: {', '.join(sorted(variants))}")
    member = variants.find(plain["type"])
    try:
        return msgspec.convert(plain, member, dec_hook=_decode_variant)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None


def _as_in_a_file(plain: Any, value: Any) -> Any:
    """Plain data without what files leave out: a field that is None, since TOML has no null, and `left_out_if_default`.

    value: what the plain data were made of.
    """
    if isinstance(plain, dict):
        fields = value if isinstance(value, dict) else {key: getattr(value, key, None) for key in plain}
        left_out = _defaults_left_out(type(value)) if isinstance(value, Spec) else {}
        return {
            key: _as_in_a_file(item, fields.get(key))
            for key, item in plain.items()
            if item is not None and not (key in left_out and fields[key] == left_out[key])
        }
    if isinstance(plain, (list, tuple)):
        return [_as_in_a_file(item, part) for item, part in zip(plain, value, strict=True)]
    return plain


@cache
def _defaults_left_out(spec_type: type[Spec]) -> dict[str, Any]:
    """The fields that files of a spec leave out at their default, each with that."""
    fields = {field.name: field.default for field in msgspec.structs.fields(spec_type)}
    return {name: fields[name] for name in spec_type.left_out_if_default}
