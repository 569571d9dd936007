"""Draws of plain numbers: uniform or normal ones, and flips, of a sample each or of each of its values."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from typing_extensions import override

from gan_core.objectives.draws import Domain, Draw, DrawSource
from gan_core.plans.layer_plans import Shape


@dataclass(frozen=True, kw_only=True)
class UniformNumbers(Draw):
    """One number of U(0, 1) a sample, [N]."""

    whole_batch: bool = False

    @override
    def shape(self, batch_size: int, domains: Mapping[Domain, Shape]) -> Shape:
        return (batch_size,)

    @override
    def drawn(self, source: DrawSource) -> np.ndarray:
        return source.generator.random(source.batch_size)


@dataclass(frozen=True)
class UniformValues(Draw):
    """One number of U(0, 1) for each value of a batch of real samples, [N, *shape]."""

    @override
    def shape(self, batch_size: int, domains: Mapping[Domain, Shape]) -> Shape:
        return (batch_size, *domains["first"])

    @override
    def drawn(self, source: DrawSource) -> np.ndarray:
        return source.generator.random((source.batch_size, *source.batches["first"].dataset.shape))


@dataclass(frozen=True, kw_only=True)
class NormalNumbers(Draw):
    """Numbers of N(0, 1), [N, *each]. each: the shape of one sample's; () for one number a sample."""

    each: Shape = ()
    whole_batch: bool = False

    @override
    def shape(self, batch_size: int, domains: Mapping[Domain, Shape]) -> Shape:
        return (batch_size, *self.each)

    @override
    def drawn(self, source: DrawSource) -> np.ndarray:
        return source.generator.standard_normal((source.batch_size, *self.each))


@dataclass(frozen=True, kw_only=True)
class Flips(Draw):
    """1 with the probability `share`, else 0, for each sample, [N]."""

    share: float
    whole_batch: bool = False

    @override
    def shape(self, batch_size: int, domains: Mapping[Domain, Shape]) -> Shape:
        return (batch_size,)

    @override
    def drawn(self, source: DrawSource) -> np.ndarray:
        return (source.generator.random(source.batch_size) < self.share).astype(float)
