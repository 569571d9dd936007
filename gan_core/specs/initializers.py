"""How initial weights are drawn: by NumPy, so that every framework starts from the same numbers.

Fan-in and fan-out count the inputs and outputs that one weight connects (kernel area included).
"""

import math
from abc import abstractmethod

import numpy as np
from typing_extensions import override

from gan_core.specs.spec import Family, NonNegativeFloat, PositiveFloat, Variant


class Initializer(Family):
    """Base of the initializers."""

    __slots__ = ()

    @abstractmethod
    def draw(self, generator: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> np.ndarray:
        """Return a float64 array of `shape`."""
        raise NotImplementedError


class Zeros(Variant, Initializer, frozen=True, kw_only=True):
    """All zeros."""

    @override
    def draw(self, generator: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> np.ndarray:
        return np.zeros(shape)


class Ones(Variant, Initializer, frozen=True, kw_only=True):
    """All ones."""

    @override
    def draw(self, generator: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> np.ndarray:
        return np.ones(shape)


class Normal(Variant, Initializer, frozen=True, kw_only=True):
    """N(mean, standard_deviation²)."""

    mean: float = 0.0
    standard_deviation: NonNegativeFloat = 0.02

    @override
    def draw(self, generator: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> np.ndarray:
        return generator.normal(self.mean, self.standard_deviation, shape)


class Uniform(Variant, Initializer, frozen=True, kw_only=True):
    """U(−limit, limit)."""

    limit: PositiveFloat

    @override
    def draw(self, generator: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> np.ndarray:
        return generator.uniform(-self.limit, self.limit, shape)


class FanInUniform(Variant, Initializer, frozen=True, kw_only=True):
    """U(−1/√fan_in, 1/√fan_in): what PyTorch's linear and convolution layers use for weight and bias."""

    @override
    def draw(self, generator: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> np.ndarray:
        limit = 1 / math.sqrt(fan_in)
        return generator.uniform(-limit, limit, shape)


class GlorotUniform(Variant, Initializer, frozen=True, kw_only=True):
    """Glorot, Bengio 2010: U(±√(6 / (fan_in + fan_out))); the default of Keras and Paddle."""

    @override
    def draw(self, generator: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> np.ndarray:
        limit = math.sqrt(6 / (fan_in + fan_out))
        return generator.uniform(-limit, limit, shape)


class GlorotNormal(Variant, Initializer, frozen=True, kw_only=True):
    """Glorot, Bengio 2010: N(0, 2 / (fan_in + fan_out))."""

    @override
    def draw(self, generator: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> np.ndarray:
        return generator.normal(0, math.sqrt(2 / (fan_in + fan_out)), shape)


class KaimingUniform(Variant, Initializer, frozen=True, kw_only=True):
    """He et al. 2015 (arXiv:1502.01852) for a leaky ReLU of the given slope: U(±√(6 / ((1 + slope²) fan_in)))."""

    slope: NonNegativeFloat = 0.0

    @override
    def draw(self, generator: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> np.ndarray:
        limit = math.sqrt(6 / ((1 + self.slope**2) * fan_in))
        return generator.uniform(-limit, limit, shape)


class KaimingNormal(Variant, Initializer, frozen=True, kw_only=True):
    """He et al. 2015 (arXiv:1502.01852) for a leaky ReLU of the given slope: N(0, 2 / ((1 + slope²) fan_in))."""

    slope: NonNegativeFloat = 0.0

    @override
    def draw(self, generator: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> np.ndarray:
        return generator.normal(0, math.sqrt(2 / ((1 + self.slope**2) * fan_in)), shape)


class Orthogonal(Variant, Initializer, frozen=True, kw_only=True):
    """Saxe et al. 2014 (arXiv:1312.6120): rows (or columns, the shorter side) of length `gain`, orthogonal."""

    gain: PositiveFloat = 1.0

    @override
    def draw(self, generator: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> np.ndarray:
        rows, columns = shape[0], math.prod(shape[1:])
        normal = generator.standard_normal((max(rows, columns), min(rows, columns)))
        basis, triangle = np.linalg.qr(normal)
        basis = basis * np.sign(np.diagonal(triangle))  # makes the draw uniform over orthogonal matrices
        return np.asarray(self.gain * (basis if rows >= columns else basis.T).reshape(shape))
