"""A pool of past samples, from which the discriminator is shown old ones half the time (Shrivastava et al. 2017)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from typing_extensions import override

from gan_core.objectives.draws import Domain, Draw, DrawSource
from gan_core.operations.ops import Array, Ops
from gan_core.operations.whole import whole
from gan_core.plans.layer_plans import Shape

TAKE, STORE = 0, 1


@dataclass(frozen=True, kw_only=True)
class PoolDecisions(Draw):
    """The decisions over each sample: float [N, 2, size], one-hot rows. size: of the pool.

    Row `TAKE` names the place whose old sample is shown in place of the new one, row `STORE` the place where the new
    one is kept; a row of zeros means none. While the pool fills, every sample is shown and kept; then, with
    probability one half, it changes places with an old one (Zhu et al. 2017, section 4).
    """

    size: int
    whole_batch: bool = True

    @override
    def shape(self, batch_size: int, domains: Mapping[Domain, Shape]) -> Shape:
        return (batch_size, 2, self.size)

    @override
    def drawn(self, source: DrawSource) -> np.ndarray:
        generator, count = source.generator, source.batch_size
        decisions = np.zeros((count, 2, self.size))
        for index in range(count):
            seen = source.updates * count + index
            place, exchanged = int(generator.integers(self.size)), generator.random() < 0.5
            if seen < self.size:
                decisions[index, STORE, seen] = 1
            elif exchanged:
                decisions[index, :, place] = 1
        return decisions


@whole
def through_pool(ops: Ops, pool: Array, samples: Array, decisions: Array) -> tuple[Array, Array]:
    """Return the samples to show, [N, …], and the pool afterwards, [size, values of a sample].

    pool: the pool before. samples: the new samples [N, …]. decisions: [N, 2, size], see `PoolDecisions`. Samples pass
    one after the other, so that a sample may be taken out by a later one of the same batch.
    """
    count, size = samples.shape[0], pool.shape[0]
    values = int(np.prod(samples.shape[1:]))
    flat, shown = ops.reshape(samples, (count, values)), []
    for index in range(count):
        take = ops.reshape(decisions[index : index + 1, TAKE], (1, size))
        store = ops.reshape(decisions[index : index + 1, STORE], (size, 1))
        new = flat[index : index + 1]
        shown.append(ops.matmul(take, pool) + new * (1.0 - ops.sum(take, (0, 1))))
        pool = pool * (1.0 - store) + store * new
    return ops.reshape(ops.concat(shown, 0), tuple(samples.shape)), pool
