"""What every layer is derived from."""

from typing import Annotated, ClassVar

import msgspec

from gan_core.specs.spec import Family, Variant


class Layer(Family):
    """Base of the layers: what a network may contain."""

    __slots__ = ()
    name: str
    inputs: tuple[str, ...]


class LayerSpec(Variant, Layer, frozen=True, kw_only=True):
    """Base to derive a layer from: what every layer says of itself."""

    is_base: ClassVar[bool] = True

    name: Annotated[
        str,
        msgspec.Meta(pattern=r"^[A-Za-z0-9_]{0,64}\Z", description="up to 64 letters without accents, digits and _"),
    ] = ""
    inputs: tuple[str, ...] = ()
