"""Presets that are public scripts of one collection: the same dense networks on MNIST, a loss each.

The collection's scripts (PyTorch-GAN) move the generator first and show the discriminator the samples that it made.
"""

import math

from gan_core.experiments.experiment import Checkpoint, Experiment, Logging, Phase, Sampling, Training
from gan_core.objectives import AdversarialDiscriminator, AdversarialGenerator
from gan_core.objectives.penalties import Divergence
from gan_core.presets.architectures import latent_input, mlp_discriminator
from gan_core.presets.games import generator_first, two_players
from gan_core.presets.pictures import Pictures
from gan_core.specs import layers as L
from gan_core.specs.initializers import FanInUniform
from gan_core.specs.networks import Network
from gan_core.specs.optimizers import Adam

EPOCH = 938  # batches of 64 of MNIST's training images, the last one of 32
_START = FanInUniform()


def mnist_bgan(channels: int = 1, size: int = 28, folder: str = "") -> Experiment:
    """Boundary-seeking GAN (Hjelm et al. 2018, arXiv:1702.08431) on MNIST, as the script bgan.py of PyTorch-GAN.

    The paper's form for values that are no categories: G minimises ½ (log D − log(1 − D))², so that its samples come to
    lie where D = 1/2. Odd, and kept: batch norm with an epsilon of .8, meant as a momentum; both halves of D's
    cross-entropy are halved. A dense layer before a batch norm has no bias, which the norm would take away again.
    Adam 2e-4 with betas .5/.999, batch 64, 200 epochs.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    return _script(
        "mnist-bgan",
        "boundary-seeking GAN, MLP networks on MNIST",
        pictures,
        generator_first("boundary_seeking", discriminator_weight=0.5),
    )


def mnist_softmax_gan(channels: int = 1, size: int = 28, folder: str = "") -> Experiment:
    """Softmax GAN (Lin 2017, arXiv:1704.06191) on MNIST, as the script softmax_gan.py of PyTorch-GAN.

    One softmax over all samples of a batch, real and generated: D gives each real one a share of 1/N, G wants the same
    share for every sample. Both move at once: G's phase comes first, and D's then sees the same samples of both kinds.
    Odd, and kept: batch norm with an epsilon of .8. A dense layer before a batch norm has no bias, which the norm would
    take away, and neither has D's last layer, whose bias adds the same to every output, unseen by the loss. The
    script's outputs are energies, minus the ones here. Adam 2e-4 with betas .5/.999, batch 64, 200 epochs.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    return _script(
        "mnist-softmax-gan",
        "Softmax GAN, MLP networks on MNIST",
        pictures,
        generator_first("softmax", batch="step"),
        last_bias=False,
    )


def mnist_wgan_div(channels: int = 1, size: int = 28, folder: str = "") -> Experiment:
    """WGAN-div (Wu et al. 2018, arXiv:1712.01026) on MNIST, as the script wgan_div.py of PyTorch-GAN.

    k 2 and p 6 as in the paper; the norms are those at real and at generated samples. The generator moves at the first
    batch of each epoch and at every fifth after it. Odd, and kept: batch norm with an epsilon of .8; Adam 2e-4 with
    betas .5/.999, with which a critic is often unsteady. Other than in the script the generator's update has latents of
    its own; a dense layer before a batch norm has no bias, and neither has the critic's last layer, whose bias the loss
    does not see. Batch 64, 200 epochs.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    critic = AdversarialDiscriminator(loss="wasserstein", penalties=(Divergence(weight=2.0, power=6.0),))
    return _script(
        "mnist-wgan-div",
        "WGAN-div, MLP networks on MNIST",
        pictures,
        (
            Phase(name="discriminator", player="discriminator", objective=critic),
            Phase(
                name="generator",
                player="generator",
                objective=AdversarialGenerator(loss="wasserstein"),
                every_steps=5,
                each_epoch_anew=True,
            ),
        ),
        last_bias=False,
    )


def _script(
    name: str, summary: str, pictures: Pictures, phases: tuple[Phase, ...], last_bias: bool = True
) -> Experiment:
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    return Experiment(
        name=name,
        summary=summary,
        data=pictures.mnist(),
        networks={
            "generator": script_generator(pictures.shape),
            "discriminator": mlp_discriminator(pictures.shape, (512, 256), last_bias=last_bias),
        },
        players=two_players(adam, adam),
        phases=phases,
        training=Training(steps=EPOCH * 200, batch_size=64, last_batch="keep"),
        sampling=Sampling(rows=5, columns=5, every_steps=400),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_steps=2000),
    )


def script_generator(shape: tuple[int, ...]) -> Network:
    """Return the generator of the collection's dense GANs: 100-128-256-512-1024 and the image, batch norm in three."""
    layers: list[L.Layer] = [L.Dense(units=128, weight_init=_START, bias_init=_START), L.LeakyReLU(slope=0.2)]
    for units in (256, 512, 1024):
        layers += [L.Dense(units=units, bias=False, weight_init=_START), L.BatchNorm(epsilon=0.8)]
        layers.append(L.LeakyReLU(slope=0.2))
    layers += [L.Dense(units=math.prod(shape), weight_init=_START, bias_init=_START), L.Tanh(), L.Reshape(shape=shape)]
    return Network(inputs=latent_input(100), layers=tuple(layers))
