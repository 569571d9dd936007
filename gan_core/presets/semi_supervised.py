"""Semi-supervised learning: a discriminator that learns classes from a few labels, and from many samples without."""

import math

from gan_core.data.derived_domains import LabelledPart
from gan_core.data.idx import Mnist
from gan_core.experiments.experiment import Average, Checkpoint, Experiment, Logging, Phase, Sampling, Training
from gan_core.objectives import AdversarialDiscriminator, AdversarialGenerator, FeatureMatching, LabelledClassifier
from gan_core.presets.architectures import latent_input
from gan_core.presets.games import two_players
from gan_core.presets.pictures import Pictures
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam
from gan_core.specs.reducing_layers import LogSumExp


def mnist_semi_supervised(
    labels: int = 10, classes: int = 10, channels: int = 1, size: int = 28, folder: str = ""
) -> Experiment:
    """Semi-supervised learning with feature matching (Salimans et al. 2016, arXiv:1606.03498) on MNIST, 100 labels.

    As the authors' code (train_mnist_feature_matching.py): D, 1000-500-250-250-250, ends in a logit for each class, and
    calls a sample real by the sum of their exponentials against 1; half of that game's cross-entropy, and the
    cross-entropy of the labelled part. G, 500-500 with batch norm and a sigmoid, has real samples' mean features in D's
    last hidden layer. `labels` of each class have one; an average of D (.9999) is kept. Adam 3e-3 with beta1 .5, batch
    100, 300 epochs. Other than there: dropout (.2 of the pixels, .5 of the rest) in place of normal noise (deviation .3
    and .5), ReLU in place of softplus, no weight norm, hence a third of the rate of learning; latents U(−1, 1).
    `gan evaluate` has the error of D's classes on the test images.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder, labelled=True)
    adam = Adam(learning_rate=1e-3, beta1=0.5)
    discriminator: list[L.Layer] = [L.Flatten(), L.Dropout(rate=0.2)]
    for units in (1000, 500, 250, 250):
        discriminator += [L.Dense(units=units), L.ReLU(), L.Dropout()]
    discriminator += [L.Dense(units=250), L.ReLU(name="features"), L.Dropout(), L.Dense(name="classes", units=classes)]
    generator: list[L.Layer] = []
    for _ in range(2):
        generator += [L.Dense(units=500, bias=False), L.BatchNorm(), L.ReLU()]
    generator += [L.Dense(units=math.prod(pictures.shape)), L.Sigmoid(), L.Reshape(shape=pictures.shape)]
    epoch = 600
    return Experiment(
        name="mnist-semi-supervised",
        summary=f"semi-supervised learning on MNIST with {labels} labels of each class",
        data=LabelledPart(source=pictures.data(Mnist(value_range=(0.0, 1.0)), (0.0, 1.0)), per_class=labels),
        networks={
            "generator": Network(inputs=latent_input(100, "uniform"), layers=tuple(generator)),
            "discriminator": Network(
                inputs={"sample": Input(kind="data", shape=pictures.shape)},
                layers=(*discriminator, LogSumExp(name="validity")),
                outputs=("validity", "classes", "features"),
            ),
        },
        averages={"discriminator_average": Average(of="discriminator", decay=0.9999)},
        players=two_players(adam, adam),
        phases=(
            Phase(
                name="discriminator",
                player="discriminator",
                objective=AdversarialDiscriminator(loss_weight=0.5, terms=(LabelledClassifier(),)),
            ),
            Phase(
                name="generator",
                player="generator",
                objective=AdversarialGenerator(
                    loss_weight=0.0, terms=(FeatureMatching(weight=1.0, distance="mean_squared"),)
                ),
            ),
        ),
        training=Training(steps=epoch * 300, batch_size=100),
        sampling=Sampling(rows=10, columns=10, every_steps=epoch),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_steps=epoch),
    )
