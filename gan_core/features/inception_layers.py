"""What features are computed by in NumPy, of the layers that the FID network alone has."""

import numpy as np

from gan_core.features.inference import apply_layer
from gan_core.specs.layers import WithinEdges


@apply_layer.register
def _within_edges(layer: WithinEdges, x: np.ndarray, weights: dict[str, np.ndarray]) -> np.ndarray:
    return np.asarray(x * layer.factors(*x.shape[2:]))
