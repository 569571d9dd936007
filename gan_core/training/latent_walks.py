"""Walks between latents."""

import numpy as np

from gan_core.randomness import latents
from gan_core.specs.networks import Input


def latents_on_paths(
    generator: np.random.Generator, input_spec: Input, path: np.ndarray, share: np.ndarray
) -> np.ndarray:
    """Return latents [N, …], each at a share [N] of the way along a path [N], a number from 0 to the last path's.

    generator: draws the starts of all paths, then their ends.
    """
    paths = int(path.max()) + 1
    ends = latents(generator, input_spec, 2 * paths)
    return between(ends[path], ends[paths + path], share, input_spec)


def between(start: np.ndarray, end: np.ndarray, share: np.ndarray, spec: Input) -> np.ndarray:
    """Return latents [N, …] on the way from one latent to another.

    start, end: the latents [N, …] at both ends. share: the share of the way, in 0 … 1, [N]. spec: the network's input.

    Normal ones walk along the great circle (White 2016, arXiv:1609.04468), uniform ones along the line; a one-hot one
    stays at the start, as a label does, since there is nothing between two categories, and so does Gumbel noise.
    """
    if spec.distribution in ("one_hot", "gumbel"):
        return start
    weight = share.reshape(-1, *(1,) * (start.ndim - 1))
    if spec.distribution == "uniform":
        return np.asarray(start + weight * (end - start))
    axes = tuple(range(1, start.ndim))
    lengths = np.linalg.norm(start.reshape(len(start), -1), axis=1) * np.linalg.norm(end.reshape(len(end), -1), axis=1)
    cosine = np.clip((start * end).sum(axis=axes) / lengths, -1, 1).reshape(weight.shape)
    angle = np.maximum(np.arccos(cosine), 1e-6)
    return np.asarray((np.sin((1 - weight) * angle) * start + np.sin(weight * angle) * end) / np.sin(angle))
