"""Every random number of an experiment, from a counter-based generator keyed by what the number is for.

Philox (Salmon et al. 2011) maps a key and a counter to random bits. The key is (seed, purpose), the counter holds
the step, so that step 5,000 is drawn without the 4,999 before it, a resumed run needs no generator state, and the
order of calls does not matter.
"""

import hashlib
from functools import lru_cache

import numpy as np

from gan_core.specs.networks import Input


def stream(seed: int, purpose: str, step: int = 0, part: int = 0) -> np.random.Generator:
    """Return the generator of random numbers for a purpose at a step; part: the number of the draw within the step.

    purpose: words such as ``discriminator/generator.z``, the latents of the phase that moves the discriminator.

    >>> later = stream(0, "discriminator/generator.z", step=5000)  # without the 4,999 before it; on every framework
    >>> bool(later.random() == stream(0, "discriminator/generator.z", step=5000).random())
    True
    >>> bool(stream(0, "discriminator/generator.z").random() == stream(0, "generator/generator.z").random())
    False
    """
    return np.random.Generator(np.random.Philox(key=_key(seed, purpose), counter=(0, 0, part, step)))


def latents(generator: np.random.Generator, input_spec: Input, count: int) -> np.ndarray:
    """Return float64 latents [count, *shape] of an input's distribution."""
    shape = (count, *input_spec.shape)
    if input_spec.distribution == "uniform":
        return generator.uniform(-1.0, 1.0, shape)
    if input_spec.distribution == "one_hot":
        return one_hot(labels(generator, input_spec.shape[0], count), input_spec)
    if input_spec.distribution == "gumbel":
        return generator.gumbel(size=shape)
    return generator.standard_normal(shape)


def within(generator: np.random.Generator, values: np.ndarray, bound: float) -> np.ndarray:
    """Return normal numbers of which those beyond ±bound are drawn anew until they lie within: a truncated normal.

    The threshold truncation of latents (Brock et al. 2019, arXiv:1809.11096, section 3.1). bound: above 0.
    """
    values = values.copy()
    while (beyond := np.abs(values) > bound).any():
        values[beyond] = generator.standard_normal(int(beyond.sum()))
    return values


def one_hot(categories: np.ndarray, input_spec: Input) -> np.ndarray:
    """Return float64 rows [count, *shape] for a one-hot input: 1 at the category of each [count], 0 elsewhere.

    >>> one_hot(np.array([2, 0]), Input(kind="latent", shape=(3,), distribution="one_hot")).tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    rows = np.zeros((len(categories), *input_spec.shape))
    rows[np.arange(len(categories)), categories] = 1.0
    return rows


def labels(generator: np.random.Generator, classes: int, count: int) -> np.ndarray:
    """Return int64 labels [count], uniform over 0 … classes − 1."""
    return generator.integers(0, classes, count)


def permutation(seed: int, purpose: str, epoch: int, count: int) -> np.ndarray:
    """Return the order, int64 [count], in which `count` items come in an epoch."""
    return stream(seed, purpose, epoch).permutation(count)


def mask_key(seed: int, purpose: str, step: int, part: int) -> np.ndarray:
    """Return the int64 key [2], each in 0 … 2³² − 1, from which devices draw masks (see `random_bits`)."""
    return stream(seed, purpose, step, part).integers(0, 2**32, 2)


@lru_cache(maxsize=256)
def _key(seed: int, purpose: str) -> int:
    digest = hashlib.blake2b(f"{seed}/{purpose}".encode(), digest_size=16).digest()
    return int.from_bytes(digest, "little")
