"""StyleGAN2 at a size that a processor trains. `width` scales channels and the numbers of a latent."""

import math

from gan_core.experiments.experiment import Average, Checkpoint, Experiment, Logging, Phase, Sampling, Training
from gan_core.objectives import AdversarialDiscriminator, AdversarialGenerator
from gan_core.objectives.path_length import PathLength
from gan_core.objectives.penalties import R1
from gan_core.presets.games import two_players
from gan_core.presets.pictures import Pictures, scaled
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam
from gan_core.specs.style_blocks import StyledConv
from gan_core.specs.style_layers import LearnedConstant, StyleMixing

SMOOTH = (1, 3, 3, 1)
R1_EVERY, PATHS_EVERY = 16, 4  # steps between two updates by a penalty
MAPPING_RATE = 0.01  # of learning, as a share of the other layers'
BATCH = 16
# of the average half is of the last 10,000 images; it moves with each of the generator's updates, 5 in 4 steps
AVERAGE_DECAY = 0.5 ** (BATCH / 10_000 * PATHS_EVERY / (PATHS_EVERY + 1))


def stylegan2_small(
    width: float = 1.0, channels: int = 1, size: int = 32, folder: str = "", mixing: float = 0.9, mapping: int = 8
) -> Experiment:
    """StyleGAN2 (Karras et al. 2020, arXiv:1912.04958) on MNIST padded to 32×32, with few channels.

    A mapping network makes a style of a latent; the style of each layer scales what its convolution reads, which is
    demodulated; noise is added by learned strengths; images are summed over the sides in the generator, and the
    discriminator is residual. As in the authors' code R1 (γ 10) is an update of its own at every 16th step and path
    length at every 4th, each as many times as strong, with Adam's rate and betas corrected for that. mixing: the share
    of samples with two styles. mapping: layers of the mapping network. Odd: at most 64 channels for 512, latents of 64
    numbers; samples are mixed one by one, not a batch alike; path lengths are of a whole batch, not of half of one.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    pictures.channel_counts(1, 1.0)  # which refuses sides that are not doubled from 4
    return Experiment(
        name="stylegan2-small",
        summary=f"StyleGAN2 with few channels on {'a folder of images' if folder else 'MNIST'}, {size}×{size}",
        silenced=("penalty-across-samples",),  # as in the authors' training
        data=pictures.mnist(),
        networks={
            "generator": _generator(pictures, width, mixing, mapping),
            "discriminator": _discriminator(pictures, width),
        },
        players=two_players(_adam(PATHS_EVERY), _adam(R1_EVERY)),
        phases=(
            Phase(name="discriminator", player="discriminator", objective=AdversarialDiscriminator()),
            Phase(
                name="penalty",
                player="discriminator",
                objective=AdversarialDiscriminator(loss_weight=0.0, penalties=(R1(weight=10.0 * R1_EVERY),)),
                every_steps=R1_EVERY,
                batch="step",
            ),
            Phase(name="generator", player="generator", objective=AdversarialGenerator()),
            Phase(
                name="path_length",
                player="generator",
                objective=PathLength(weight=2.0 * PATHS_EVERY),
                every_steps=PATHS_EVERY,
            ),
        ),
        averages={"average": Average(of="generator", decay=AVERAGE_DECAY)},
        training=Training(steps=3750 * 5, batch_size=BATCH),
        sampling=Sampling(network="average", rows=8, columns=8, every_steps=625),
        logging=Logging(every_steps=20),
        checkpoint=Checkpoint(every_steps=625),
    )


def _adam(every: int) -> Adam:
    """Adam with betas 0 and .99 and a rate of .002, corrected for a penalty's update of its own every few steps."""
    share = every / (every + 1)
    return Adam(learning_rate=0.002 * share, beta1=0.0, beta2=0.99**share)


def channels_at(side: int, width: float) -> int:
    """Return the channels of feature maps of a side: 64 up to 16×16, then half as many for twice the side."""
    return scaled(min(64, 1024 // side), width)


def _generator(pictures: Pictures, width: float, mixing: float, mapping: int) -> Network:
    """Two latents side by side, mapped alike by convolutions of 1×1; a style for each layer; images, summed up."""
    features = scaled(64, width)
    doublings = round(math.log2(pictures.size / 4))
    sides = [4 * 2**number for number in range(doublings + 1)]
    layers: list[L.Layer] = [L.PixelNorm(inputs=("z",))]
    for _ in range(mapping):
        layers.append(L.Conv(channels=features, kernel=1, equalised=MAPPING_RATE))
        layers += _activation()
    layers += [
        StyleMixing(name="styles", layers=2 * doublings + 2, chance=mixing),
        LearnedConstant(name="constant", inputs=("noise",), shape=(channels_at(4, width), 4, 4)),
    ]
    noise_start, style, before = 0, 0, "constant"
    for side in sides:
        for name in (f"first_{side}", f"second_{side}") if side > 4 else ("second_4",):
            told = StyledConv(
                name=name,
                inputs=(before,),
                channels=channels_at(side, width),
                scale="up" if name.startswith("first") else "none",
                styles="styles",
                style=style,
                features=features,
                noise="noise",
                noise_start=noise_start,
            )
            layers.append(told)
            before, noise_start, style = name, noise_start + side**2, style + 1
        layers.append(
            StyledConv(
                name=f"image_{side}",
                inputs=(before,),
                channels=pictures.shape[0],
                kernel=1,
                demodulate=False,
                activation=False,
                styles="styles",
                style=style,
                features=features,
            )
        )
        if side > 4:
            layers += _doubled(f"sum_{side // 2}" if side > 8 else "image_4")
            layers.append(L.Add(name=f"sum_{side}", inputs=("previous", f"image_{side}")))
    inputs = {
        "z": Input(kind="latent", shape=(features, 1, 2)),
        "noise": Input(kind="latent", shape=(noise_start,)),
    }
    return Network(inputs=inputs, layers=tuple(layers), outputs=(f"sum_{pictures.size}", "styles"))


def _doubled(image: str) -> list[L.Layer]:
    """An image of twice the side, as the authors' code has it: zeros between pixels, smoothed by [1, 3, 3, 1].

    That is the same as pixels that are repeated and smoothed by [1, 2, 1].
    """
    return [L.Upsample(inputs=(image,)), L.Blur(weights=(1, 2, 1))]


def _discriminator(pictures: Pictures, width: float) -> Network:
    """Residual blocks that halve the side, smoothed before; a minibatch deviation; √2 · leaky ReLU after each layer."""
    sample = {"sample": Input(kind="data", shape=pictures.shape)}
    side = pictures.size
    layers: list[L.Layer] = [*_conv(channels_at(side, width), 1, "first")]
    before = "first"
    while side > 4:
        name = f"from_{side}"
        beside = L.Conv(
            channels=channels_at(side // 2, width),
            kernel=1,
            bias=False,
            name=f"beside_{side}",
            equalised=1.0,
        )
        layers += [
            L.Blur(inputs=(before,), weights=SMOOTH, stride=2),
            beside,
            *_conv(channels_at(side, width), 3, reads=before),
            L.Pad(pixels=1, pixels_end=0, mode="zeros"),
            L.Blur(weights=SMOOTH),
            *_conv(channels_at(side // 2, width), 3, stride=2, padding=0),
            L.Add(inputs=("previous", beside.name)),
            L.Scale(name=name, factor=math.sqrt(0.5)),
        ]
        before, side = name, side // 2
    layers += [L.MinibatchDeviation(group_size=4), *_conv(channels_at(4, width), 3), L.Flatten()]
    layers += [L.Dense(units=channels_at(4, width), equalised=1.0), *_activation()]
    layers.append(L.Dense(units=1, equalised=1.0))
    return Network(inputs=sample, layers=tuple(layers))


def _conv(
    channels: int, kernel: int, name: str = "", reads: str = "", stride: int = 1, padding: int | None = None
) -> list[L.Layer]:
    convolution = L.Conv(
        inputs=(reads,) if reads else (),
        channels=channels,
        kernel=kernel,
        stride=stride,
        padding=kernel // 2 if padding is None else padding,
        equalised=1.0,
    )
    return [convolution, *_activation(name)]


def _activation(name: str = "") -> list[L.Layer]:
    return [L.LeakyReLU(), L.Scale(name=name, factor=math.sqrt(2))]
