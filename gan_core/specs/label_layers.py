"""Layers that read labels [N] and have no weights."""

from gan_core.specs.layer_base import LayerSpec
from gan_core.specs.spec import PositiveInt


class OneHot(LayerSpec, frozen=True, kw_only=True):
    """Labels [N] in 0 … classes − 1 → [N, classes]: a 1 at the label's place among zeros."""

    classes: PositiveInt
