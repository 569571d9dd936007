"""Residual GANs of CIFAR-10, 32×32: spectral norm, the projection discriminator, self-attention.

`width` scales every channel count: 1 is as published.
"""

from gan_core.data.cifar import Cifar10
from gan_core.experiments.experiment import Checkpoint, Experiment, Logging, Sampling, Training
from gan_core.presets.architectures import residual_discriminator, residual_generator
from gan_core.presets.games import game_phases, two_players
from gan_core.presets.pictures import Pictures, scaled
from gan_core.specs.optimizers import Adam, LinearDecay

UPDATES = 50_000  # of the generator
EPOCH = 781  # batches of 64 of CIFAR-10's training images


def cifar_sngan_resnet(width: float = 1.0, channels: int = 3, folder: str = "") -> Experiment:
    """SNGAN (Miyato et al. 2018, arXiv:1802.05957) with residual blocks on CIFAR-10, as the authors' code.

    The networks of the paper's appendix B.4 as pfnet-research/sngan_projection has them: G, three blocks of 256
    channels that double a map of 4×4, batch norm; D, four blocks of 128, spectral norm everywhere, a sum over pixels.
    Hinge loss, 5 updates of D to one of G, Adam 2e-4 with betas 0/.9, down a line to 0 within 50,000 updates of G,
    batch 64. Other than there, G's batch is 64 too, not 128, its norms have an epsilon of 1e-5, not 2e-5, and what a
    later norm takes away of its biases is left out.
    """
    return _sngan("cifar-sngan-resnet", "SNGAN with residual blocks on CIFAR-10", width, channels, 0, folder)


def cifar_projection(width: float = 1.0, classes: int = 10, channels: int = 3, folder: str = "") -> Experiment:
    """The projection discriminator (Miyato, Koyama 2018, arXiv:1802.05637) on CIFAR-10, as the authors' code.

    `cifar-sngan-resnet` with classes: conditional batch norm in G's blocks, and in D the product of a row for each
    class with the sample's features. D's generated samples are of drawn classes. The sheet has a row for each class.
    """
    return _sngan(
        "cifar-projection", "SNGAN with a projection discriminator on CIFAR-10", width, channels, classes, folder
    )


def cifar_sagan(width: float = 1.0, classes: int = 10, channels: int = 3, folder: str = "") -> Experiment:
    """SAGAN (Zhang et al. 2019, arXiv:1805.08318) on CIFAR-10: self-attention at 16×16 in both networks.

    Made for ImageNet at 128×128; here the blocks of `cifar-projection`, with spectral norm in G too, one update of D to
    one of G, and two rates: Adam with betas 0/.9 at 4e-4 (D) and 1e-4 (G). Attention as in the authors' code: keys and
    values pooled, values of half the channels. 100,000 steps; batch 64 in place of 256.
    """
    pictures = Pictures(channels=channels, size=32, folder=folder, labelled=True)
    slow, fast = (Adam(learning_rate=rate, beta1=0.0, beta2=0.9) for rate in (1e-4, 4e-4))
    return Experiment(
        name="cifar-sagan",
        summary="SAGAN on CIFAR-10",
        data=pictures.data(Cifar10()),
        networks={
            "generator": residual_generator(
                pictures.shape, scaled(256, width), classes, spectral_norm=True, attention_side=16
            ),
            "discriminator": residual_discriminator(pictures.shape, scaled(128, width), classes, attention_side=16),
        },
        players=two_players(slow, fast),
        phases=game_phases("hinge", fake_classes="random"),
        training=Training(steps=2 * UPDATES, batch_size=64),
        sampling=Sampling(rows=min(classes, 20), columns=10, every_steps=1000),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_steps=1000),
    )


def _sngan(name: str, summary: str, width: float, channels: int, classes: int, folder: str) -> Experiment:
    pictures = Pictures(channels=channels, size=32, folder=folder, labelled=bool(classes))
    repeats = 5
    generator, discriminator = (
        Adam(learning_rate=2e-4, beta1=0.0, beta2=0.9, schedule=LinearDecay(start=0, end=updates))
        for updates in (UPDATES, repeats * UPDATES)
    )
    return Experiment(
        name=name,
        summary=summary,
        data=pictures.data(Cifar10()),
        networks={
            "generator": residual_generator(pictures.shape, scaled(256, width), classes),
            "discriminator": residual_discriminator(pictures.shape, scaled(128, width), classes),
        },
        players=two_players(generator, discriminator),
        phases=game_phases("hinge", repeats=repeats, fake_classes="random" if classes else "real"),
        training=Training(steps=UPDATES, batch_size=64),
        sampling=Sampling(rows=min(classes, 20) or 8, columns=10, every_steps=500),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_steps=1000),
    )
