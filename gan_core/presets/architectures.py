"""Networks that several presets share: functions that return specs, each with its source."""

import math
from collections.abc import Sequence

from gan_core.specs import layers as L
from gan_core.specs.initializers import FanInUniform
from gan_core.specs.networks import Input, Network

_DENSE = FanInUniform()


def latent_input(size: int, distribution: str = "normal") -> dict[str, Input]:
    """Return the input ``z`` of a generator."""
    return {"z": Input(kind="latent", shape=(size,), distribution=distribution)}  # type: ignore[arg-type]


def mlp_generator(
    latent_size: int, hidden: Sequence[int], shape: tuple[int, ...], running_update_rate: float | None
) -> Network:
    """Return dense layers, each with leaky ReLU .2 and (unless its rate is None) batch norm, then tanh.

    shape: of one sample.
    """
    layers: list[L.Layer] = []
    for units in hidden:
        layers += [L.Dense(units=units, weight_init=_DENSE, bias_init=_DENSE), L.LeakyReLU(slope=0.2)]
        if running_update_rate is not None:
            layers.append(L.BatchNorm(running_update_rate=running_update_rate, epsilon=1e-5))
    layers += [L.Dense(units=math.prod(shape), weight_init=_DENSE, bias_init=_DENSE), L.Tanh()]
    if len(shape) > 1:
        layers.append(L.Reshape(shape=shape))
    return Network(inputs=latent_input(latent_size), layers=tuple(layers))


def mlp_discriminator(shape: tuple[int, ...], hidden: Sequence[int], last_bias: bool = True, units: int = 1) -> Network:
    """Return dense layers with leaky ReLU .2, then one logit (or several), with a bias of its own or without."""
    layers: list[L.Layer] = [L.Flatten()] if len(shape) > 1 else []
    for size in hidden:
        layers += [L.Dense(units=size, weight_init=_DENSE, bias_init=_DENSE), L.LeakyReLU(slope=0.2)]
    layers.append(L.Dense(units=units, bias=last_bias, weight_init=_DENSE, bias_init=_DENSE))
    return Network(inputs={"sample": Input(kind="data", shape=shape)}, layers=tuple(layers))
