"""Features laid out in the plane, for a picture."""

import numpy as np

from gan_core.errors import UsageError
from gan_core.metrics.checks import checked_features

PERPLEXITY = 30.0


def tsne(features: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return coordinates [N, 2] of features [N, D] by t-SNE.

    Van der Maaten, Hinton 2008: neighbours stay neighbours; distances between groups and their sizes mean nothing.
    Perplexity 30, started from the principal components. Raises `UsageError` below 91 samples (3 × perplexity).
    """
    from sklearn.manifold import TSNE

    rows = checked_features("tsne", "given", features, int(3 * PERPLEXITY) + 1)
    if rows.shape[1] < 2:
        raise UsageError("tsne: expected at least 2 features a sample")
    made = TSNE(perplexity=PERPLEXITY, init="pca", random_state=seed).fit_transform(rows)
    return np.asarray(made)
