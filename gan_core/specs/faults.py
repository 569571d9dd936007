"""What is wrong in plain data that should become a spec, in one line: the place, what was expected, what is near.

The library that decodes specs names a place by types and hides the keys of tables; here the data are walked once more,
field by field, until the smallest part that fails is found.
"""

import re
import typing
from collections.abc import Callable
from typing import Any

import msgspec

from gan_core.errors import nearest
from gan_core.specs.paths import suggestion
from gan_core.specs.walk import arm_of, children, described, fields_of, required_fields, spec_type_of, variant_of

Decode = Callable[[type, Any], Any]


def explain(plain: Any, annotation: Any, decode: Decode, whole: type | None = None) -> str:
    """Return one line on why `plain` is no `annotation`; it must be known to fail.

    decode: reads members of families. whole: the spec that all of `plain` should be, so that an unknown key can be
    compared with the paths of all fields; without it only with those beside it.
    """
    place, value, wanted, word = "", plain, annotation, ""
    while (child := _failing_child(value, wanted, decode)) is not None:
        if (kind := variant_of(value, wanted)) is not None:
            word = f"{kind}: "
        key, value, wanted = child
        place += key
    if (kind := variant_of(value, wanted)) is not None:
        word = f"{kind}: "
    place = place.removeprefix(".")
    text = _own_fault(value, wanted, decode, place, (whole, plain))
    word = "" if text.startswith(f"{word.rstrip(': ')}.") else word
    return f"{word}{text} (at {place})" if place else f"{word}{text}"


def field_fault(name: str, given: dict[str, Any], spec_type: type) -> str | None:
    """Return what is wrong with the names of fields that a spec is made from, or None; name: of the spec."""
    known = spec_type.__struct_fields__  # type: ignore[attr-defined]
    if unknown := [key for key in given if key not in known]:
        return f"{name}: unknown field '{unknown[0]}'{nearest(unknown[0], known)}"
    if missing := [key for key in required_fields(spec_type) if key not in given]:
        return f"{name}: the field '{missing[0]}' is missing"
    return None


def fails(plain: Any, annotation: Any, decode: Decode) -> msgspec.ValidationError | None:
    """Return the library's error for `plain` as `annotation`, or None where it is one."""
    try:
        msgspec.convert(plain, annotation, dec_hook=decode)
    except msgspec.ValidationError as error:
        return error
    return None


def plain_text(error: Exception, value: Any) -> str:
    """Return the library's message without its place, with the value that it tells of."""
    text = re.sub(r"( - at `[^`]*`)+$", "", str(error))
    text = re.sub(r"^Expected", "expected", text)
    return text if "got" in text or isinstance(value, (tuple, list, dict)) else f"{text}, got {value!r}"


def _failing_child(value: Any, annotation: Any, decode: Decode) -> tuple[str, Any, Any] | None:
    return next((child for child in children(value, annotation) if fails(child[1], child[2], decode)), None)


def _expected(annotation: Any) -> str | None:
    words = described(annotation)
    return f"expected {words}" if words else None


def _own_fault(value: Any, annotation: Any, decode: Decode, place: str, whole: tuple[type | None, Any]) -> str:
    """What is wrong with a part none of whose parts is wrong."""
    spec_type = spec_type_of(value, annotation)
    if spec_type is not None:
        known = (*fields_of(spec_type), *(("type",) if "type" in value else ()))
        if unknown := [key for key in value if key not in known]:
            return f"unknown field '{unknown[0]}'{suggestion(unknown[0], place, known, *whole)}"
        if missing := [key for key in required_fields(spec_type) if key not in value]:
            return f"the field '{missing[0]}' is missing"
    arm = arm_of(value, annotation)
    if typing.get_origin(arm) is typing.Literal:
        return f"expected one of: {', '.join(map(str, typing.get_args(arm)))}; got {value!r}"
    if typing.get_origin(arm) is dict and isinstance(value, dict):
        of_keys = typing.get_args(arm)[0]
        if wrong := [key for key in value if fails(key, of_keys, decode)]:
            return f"{_expected(of_keys) or 'not a key'}, got the key {wrong[0]!r}"
    if isinstance(value, str) and (words := _expected(annotation)):
        return f"{words}, got {value!r}"
    error = fails(value, annotation, decode)
    return plain_text(error, value) if error is not None else "not what was expected"
