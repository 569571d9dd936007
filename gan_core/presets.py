"""Named experiments. Each preset is a function that returns one, with its paper and what is odd in its settings."""

from collections.abc import Callable
from dataclasses import dataclass

from gan_core import layers as L
from gan_core.architectures import latent_input, mlp_discriminator, mlp_generator
from gan_core.data.idx import Mnist
from gan_core.data.sources import Digits, Mixture
from gan_core.errors import UsageError, nearest
from gan_core.experiment import Checkpoint, Experiment, Logging, Phase, Player, Sampling, Training
from gan_core.initializers import FanInUniform
from gan_core.networks import Input, Network
from gan_core.objectives import AdversarialDiscriminator, AdversarialGenerator
from gan_core.optimizers import Adam, Optimizer
from gan_core.penalties import GradientPenalty


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A named experiment and where it comes from."""

    make: Callable[[], Experiment]
    paper: str


def two_players(generator: Optimizer, discriminator: Optimizer) -> dict[str, Player]:
    """Return the usual pair."""
    return {
        "discriminator": Player(networks=("discriminator",), optimizer=discriminator),
        "generator": Player(networks=("generator",), optimizer=generator),
    }


def digits_mlp() -> Experiment:
    """A small MLP GAN on scikit-learn's 8×8 digits: the embedded default, readable within a minute on one core.

    Goodfellow et al. 2014 (arXiv:1406.2661), non-saturating. Settings are this library's own.
    """
    return Experiment(
        name="digits-mlp",
        summary="MLP GAN on scikit-learn's 8×8 digits",
        data=Digits(),
        networks={
            "generator": mlp_generator(32, (128, 256), (1, 8, 8), running_update_rate=0.1),
            "discriminator": mlp_discriminator((1, 8, 8), (256, 128)),
        },
        players=two_players(Adam(learning_rate=5e-4, beta1=0.5), Adam(learning_rate=5e-4, beta1=0.5)),
        phases=(
            Phase(name="discriminator", player="discriminator", objective=AdversarialDiscriminator()),
            Phase(name="generator", player="generator", objective=AdversarialGenerator()),
        ),
        training=Training(steps=6000, batch_size=64),
        sampling=Sampling(rows=8, columns=8, every_steps=1000),
        logging=Logging(every_steps=100),
        checkpoint=Checkpoint(every_steps=2000),
    )


def mnist_mlp() -> Experiment:
    """The MLP GAN of many tutorials (Goodfellow et al. 2014, arXiv:1406.2661) on MNIST in [−1, 1].

    Odd, and kept: batch norm takes a share of .8 of the new batch (a Keras `momentum=0.8` read as PyTorch's), Adam's
    learning rate is 1e-3 with beta1 .9, and the generator gets fresh latents. The discriminator returns logits; the
    tutorial's sigmoid is inside the loss.
    """
    return Experiment(
        name="mnist-mlp",
        summary="MLP GAN on MNIST",
        data=Mnist(),
        networks={
            "generator": mlp_generator(100, (256, 512, 1024), (1, 28, 28), running_update_rate=0.8),
            "discriminator": mlp_discriminator((1, 28, 28), (512, 256)),
        },
        players=two_players(Adam(learning_rate=1e-3), Adam(learning_rate=1e-3)),
        phases=(
            Phase(name="discriminator", player="discriminator", objective=AdversarialDiscriminator()),
            Phase(name="generator", player="generator", objective=AdversarialGenerator()),
        ),
        training=Training(steps=937 * 150, batch_size=64),
        sampling=Sampling(rows=4, columns=4, every_steps=937 * 5),
        logging=Logging(every_steps=100),
        checkpoint=Checkpoint(every_steps=937 * 5),
    )


def mnist_wgan_gp() -> Experiment:
    """WGAN-GP (Gulrajani et al. 2017, arXiv:1704.00028) with MLP networks on MNIST.

    λ 10, 5 critic updates per generator update, Adam 1e-4 with betas 0 and .9 (the paper's algorithm 1); no batch
    norm in the critic, since the penalty is each sample's own.
    """
    adam = Adam(learning_rate=1e-4, beta1=0.0, beta2=0.9)
    return Experiment(
        name="mnist-wgan-gp",
        summary="WGAN-GP with MLP networks on MNIST",
        data=Mnist(),
        networks={
            "generator": mlp_generator(100, (256, 512, 1024), (1, 28, 28), running_update_rate=0.1),
            "discriminator": mlp_discriminator((1, 28, 28), (512, 256)),
        },
        players=two_players(adam, adam),
        phases=(
            Phase(
                name="critic",
                player="discriminator",
                objective=AdversarialDiscriminator(loss="wasserstein", penalties=(GradientPenalty(weight=10.0),)),
                repeats=5,
            ),
            Phase(name="generator", player="generator", objective=AdversarialGenerator(loss="wasserstein")),
        ),
        training=Training(steps=40_000, batch_size=64),
        sampling=Sampling(rows=4, columns=8, every_steps=2000),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_steps=2000),
    )


def mixture_8() -> Experiment:
    """The mode-collapse tutorial's GAN on 8 Gaussians in the plane (sd .5, scaled to ±.9), non-saturating.

    3 hidden layers of 128 with ReLU in both networks, z 2, tanh; Adam 2e-4 with betas .5/.999, batch 128, 500 epochs
    of 10,000 points. Expect it to lose modes: that is what it is for.
    """
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    return Experiment(
        name="mixture-8",
        summary="MLP GAN on 8 Gaussians in the plane",
        data=Mixture(layout="square", modes=8, standard_deviation=0.5, extent=0.9),
        networks={"generator": _plane_network("latent", 2), "discriminator": _plane_network("data", 1)},
        players=two_players(adam, adam),
        phases=(
            Phase(name="discriminator", player="discriminator", objective=AdversarialDiscriminator()),
            Phase(name="generator", player="generator", objective=AdversarialGenerator()),
        ),
        training=Training(steps=78 * 500, batch_size=128),
        sampling=Sampling(rows=40, columns=50, every_steps=3900),
        logging=Logging(every_steps=100),
        checkpoint=Checkpoint(every_steps=7800),
    )


def _plane_network(kind: str, units: int) -> Network:
    start = FanInUniform()
    layers: list[L.Layer] = []
    for _ in range(3):
        layers += [L.Dense(units=128, weight_init=start, bias_init=start), L.ReLU()]
    layers.append(L.Dense(units=units, weight_init=start, bias_init=start))
    if kind == "latent":
        return Network(inputs=latent_input(2), layers=(*layers, L.Tanh()))
    return Network(inputs={"sample": Input(kind="data", shape=(2,))}, layers=tuple(layers))


PRESETS: dict[str, Preset] = {
    "digits-mlp": Preset(make=digits_mlp, paper="Goodfellow 2014"),
    "mnist-mlp": Preset(make=mnist_mlp, paper="Goodfellow 2014"),
    "mnist-wgan-gp": Preset(make=mnist_wgan_gp, paper="Gulrajani 2017"),
    "mixture-8": Preset(make=mixture_8, paper="Goodfellow 2014"),
}


def preset(name: str) -> Experiment:
    """Return the experiment of a preset. Raises `UsageError` with the nearest name for an unknown one."""
    if name not in PRESETS:
        raise UsageError(f"unknown preset '{name}'{nearest(name, PRESETS)}; `gan list` shows all")
    return PRESETS[name].make()
