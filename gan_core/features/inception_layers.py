"""The one layer of the FID network that no other network of this library has, by its definition."""

import numpy as np

from gan_core.contract.composed import Arrays, Weights, compose_layer
from gan_core.errors import SpecError
from gan_core.features.inference import apply_layer
from gan_core.operations.ops import Array, Ops
from gan_core.plans.layer_plans import LayerPlan, Shapes, only_shape
from gan_core.plans.shape_rules import plan_layer
from gan_core.specs.layers import LayerSpec


class WithinEdges(LayerSpec, frozen=True, kw_only=True):
    """Means over `size` × `size` pixels of an image between zeros, made those over the pixels within the image.

    TensorFlow's average pool with padding counts the pixels that there are: after a `Pad` of (size − 1) / 2 zeros and
    an `AveragePool` of this size and stride 1, a mean is to be divided by the share of the pixels that were no padding,
    two thirds at an edge and four ninths in a corner for a size of 3. size: odd.
    """

    size: int = 3

    def check(self) -> None:
        """The pixels around one are as many on either side."""
        if self.size < 1 or self.size % 2 == 0:
            raise SpecError(f"within_edges.size: expected an odd number of pixels, got {self.size}")


def factors(size: int, height: int, width: int) -> np.ndarray:
    """Return what each mean is multiplied by, [1, 1, height, width]."""
    reach = size // 2
    rows, columns = (
        size / (np.minimum(places + reach, side - 1) - np.maximum(places - reach, 0) + 1)
        for side in (height, width)
        for places in [np.arange(side)]
    )
    return np.asarray(np.outer(rows, columns).reshape(1, 1, height, width))


@plan_layer.register
def _plan(layer: WithinEdges, shapes: Shapes) -> LayerPlan:
    return LayerPlan(output_shape=only_shape(shapes, ("channels", "height", "width")))


@compose_layer.register
def _compose(layer: WithinEdges, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    (x,) = inputs
    return x * ops.constant(factors(layer.size, *x.shape[2:]))


@apply_layer.register
def _apply(layer: WithinEdges, x: np.ndarray, weights: dict[str, np.ndarray]) -> np.ndarray:
    return np.asarray(x * factors(layer.size, *x.shape[2:]))
