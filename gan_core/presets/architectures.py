"""Networks that several presets share: functions that return specs, each with its source."""

import math
from collections.abc import Sequence

from gan_core.specs import layers as L
from gan_core.specs.blocks import Projection, Residual, SelfAttention
from gan_core.specs.initializers import FanInUniform, GlorotUniform, Initializer, KaimingUniform
from gan_core.specs.networks import Input, Network

_DENSE = FanInUniform()
_GLOROT = GlorotUniform()
POOLED = "global_pool_1"  # the features of `residual_features`
_KAIMING = KaimingUniform()  # between layers of as many channels Glorot's with a gain of √2, as the authors have it


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


def residual_generator(
    shape: tuple[int, ...], channels: int, classes: int = 0, *, spectral_norm: bool = False, attention_side: int = 0
) -> Network:
    """Return the generator of Miyato et al. 2018 (arXiv:1802.05957): residual blocks that double a map of 4×4.

    shape: of an image, whose side is 4 · 2ⁿ. channels: of every block. classes: conditional batch norm by so many; 0
    for none. attention_side: the side of the maps after which self-attention stands; 0 for none.
    """
    inputs = latent_input(128) | ({"label": Input(kind="label", classes=classes)} if classes else {})
    layers: list[L.Layer] = [
        L.Dense(units=channels * 16, spectral_norm=spectral_norm),
        L.Reshape(shape=(channels, 4, 4)),
    ]
    side = 4
    while side < shape[1]:
        side *= 2
        layers.append(
            Residual(
                channels=channels,
                scale="up",
                norm="batch",
                condition="label" if classes else "",
                bias=False,
                spectral_norm=spectral_norm,
                weight_init=_KAIMING,
            )
        )
        layers += [SelfAttention(spectral_norm=spectral_norm)] if side == attention_side else []
    last = L.Conv(channels=shape[0], kernel=3, padding=1, spectral_norm=spectral_norm)
    return Network(inputs=inputs, layers=(*layers, L.BatchNorm(), L.ReLU(), last, L.Tanh()))


def residual_discriminator(
    shape: tuple[int, ...], channels: int, classes: int = 0, *, attention_side: int = 0
) -> Network:
    """Return the discriminator of Miyato et al. 2018: two residual blocks that halve the side, two that do not.

    Spectral norm in every layer; the sum over the pixels, and one number, plus the projection onto the class (Miyato,
    Koyama 2018, arXiv:1802.05637). The other arguments are those of `residual_generator`.
    """
    inputs = {"sample": Input(kind="data", shape=shape)}
    inputs |= {"label": Input(kind="label", classes=classes)} if classes else {}
    layers = residual_features(shape, channels, attention_side=attention_side)
    if classes:
        layers.append(Projection(condition="label", bias=False, spectral_norm=True))
    else:
        layers.append(L.Dense(units=1, bias=False, spectral_norm=True))
    return Network(inputs=inputs, layers=tuple(layers))


def residual_features(
    shape: tuple[int, ...],
    channels: int,
    *,
    attention_side: int = 0,
    start: Initializer = _KAIMING,
    other_start: Initializer = _GLOROT,
) -> list[L.Layer]:
    """Return the layers of `residual_discriminator` up to the sum over the pixels, `POOLED`, [channels].

    start: the first weights of convolutions of 3×3; other_start: those of shortcuts and of self-attention.
    """
    layers: list[L.Layer] = []
    side = shape[1]
    for scale in ("down", "down", "none", "none"):
        side = side // 2 if scale == "down" else side
        layers.append(
            Residual(
                channels=channels,
                scale=scale,
                first=not layers,
                spectral_norm=True,
                weight_init=start,
                shortcut_init=other_start,
            )
        )
        if side == attention_side and scale == "down":
            layers.append(SelfAttention(spectral_norm=True, weight_init=other_start))
    return [*layers, L.ReLU(), L.GlobalPool(kind="sum")]
