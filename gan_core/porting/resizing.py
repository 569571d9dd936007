"""Whether a script stretches its pictures to their size or crops them, as far as its text tells."""

import ast
from typing import Literal, NamedTuple

CROPPING = ("CenterCrop", "RandomCrop", "RandomResizedCrop", "center_crop", "smart_resize", "CenterCropResize")


class Resizing(NamedTuple):
    """How pictures are brought to their size, and the line and the call that say so."""

    way: Literal["crop", "stretch"]
    line: int
    call: str


def resizing_of(tree: ast.Module) -> Resizing | None:
    """Return how a script resizes pictures, or None where it does not say.

    ``Resize((64, 64))`` of torchvision's or Paddle's transforms stretches, and so does Keras's
    ``image_dataset_from_directory(image_size=…)``; with a crop behind it, or ``crop_to_aspect_ratio``, the picture is
    cropped.
    """
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in calls:
        if _name(call) in CROPPING or any(one.arg == "crop_to_aspect_ratio" for one in call.keywords):
            return _found("crop", call)
    for call in calls:
        sized = [*call.args[:1], *(one.value for one in call.keywords if one.arg == "size")]
        if _name(call) == "Resize" and any(isinstance(one, ast.Tuple | ast.List) for one in sized):
            return _found("stretch", call)
        if _name(call) == "image_dataset_from_directory":
            return _found("stretch", call)
    return None


def _name(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _found(way: Literal["crop", "stretch"], call: ast.Call) -> Resizing:
    text = ast.unparse(call)
    return Resizing(way, call.lineno, text if len(text) <= 60 else f"{_name(call)}(…)")
