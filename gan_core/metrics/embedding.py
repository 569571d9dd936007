"""Features laid out in the plane, for a picture."""

import numpy as np

from gan_core.errors import UsageError
from gan_core.metrics.checks import checked_features, scale_to_one

PERPLEXITY = 30.0
SMALL = 1e-6


def tsne(features: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return coordinates [N, 2] of features [N, D] by t-SNE.

    Van der Maaten, Hinton 2008: neighbours stay neighbours; distances between groups and their sizes mean nothing.
    Perplexity 30, started from the principal components. Raises `UsageError` below 91 samples (3 × perplexity), and
    where all are alike, which scikit-learn does not survive.
    """
    from sklearn.manifold import TSNE

    rows = checked_features("tsne", "given", features, int(3 * PERPLEXITY) + 1)
    if rows.shape[1] < 2:
        raise UsageError("tsne: expected at least 2 features a sample")
    if (rows == rows[0]).all():
        raise UsageError("tsne: all samples have the same features; there is nothing to lay out")
    if not SMALL < (largest := float(np.abs(rows - rows.mean(axis=0)).max())) < 1 / SMALL:
        rows = (rows - rows.mean(axis=0)) * scale_to_one(largest)  # float32 would overflow, or lose all
    places = TSNE(perplexity=PERPLEXITY, init="pca", random_state=seed % 2**32).fit_transform(rows)
    return np.asarray(places)
