"""The GANs among the code examples of keras.io. `width` scales every channel count: 1 is as published."""

import msgspec

from gan_core.data.idx import FashionMnist
from gan_core.experiments.experiment import Checkpoint, Experiment, Logging, Phase, Sampling, Training
from gan_core.objectives import LabelledDiscriminator, LabelledGenerator
from gan_core.objectives.penalties import GradientPenalty
from gan_core.presets.architectures import latent_input
from gan_core.presets.games import game_phases, two_players
from gan_core.presets.pictures import Pictures, scaled
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam

LATENT = 128
_KERAS_EPSILON = 1e-7  # of Adam
_SLOPE = L.LeakyReLU(slope=0.2)


def keras_dcgan(width: float = 1.0, channels: int = 3, folder: str = "celeba_gan") -> Experiment:
    """The DCGAN (Radford et al. 2016) of keras.io's example dcgan_overriding_train_step (Chollet 2019), faces at 64×64.

    A folder of images (CelebA there) in [0, 1], G ends in a sigmoid; no batch norm; kernels of 4 with stride 2, D with
    dropout .2 before its last layer. Odd, and kept: generated samples have label 1 and real ones 0, each with
    .05 · U(0, 1) added, in one joined batch; G aims at 0; G's channels grow towards the image, 128-256-512. Adam 1e-4
    with betas .9/.999, epsilon 1e-7, batch 32. The example runs one epoch of CelebA's 202,599 images and advises about
    100: --epochs 100. Name the folder with --set folder=FOLDER.
    """
    pictures = Pictures(channels=channels, size=64, folder=folder)
    adam = Adam(learning_rate=1e-4, epsilon=_KERAS_EPSILON)
    wide = scaled(128, width)
    generator: list[L.Layer] = [L.Dense(units=8 * 8 * wide), L.Reshape(shape=(wide, 8, 8))]
    for count in (128, 256, 512):
        generator += [L.ConvTranspose(channels=scaled(count, width), kernel=4, stride=2, padding=1), _SLOPE]
    generator += [L.Conv(channels=channels, kernel=5, padding=2), L.Sigmoid()]
    discriminator: list[L.Layer] = []
    for count in (64, 128, 128):
        discriminator += [L.Conv(channels=scaled(count, width), kernel=4, stride=2, padding=1), _SLOPE]
    discriminator += [L.Flatten(), L.Dropout(rate=0.2), L.Dense(units=1)]
    epoch = 6332
    return Experiment(
        name="keras-dcgan",
        summary="DCGAN of keras.io on a folder of faces, 64×64",
        data=pictures.folder_data((0.0, 1.0)),
        networks={
            "generator": Network(inputs=latent_input(LATENT), layers=tuple(generator)),
            "discriminator": _judge(pictures.shape, discriminator),
        },
        players=two_players(adam, adam),
        phases=_joined_phases(noise=0.05),
        training=Training(steps=epoch, batch_size=32, last_batch="keep"),
        sampling=Sampling(rows=2, columns=5, every_steps=500),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_steps=1000),
    )


def keras_wgan_gp(width: float = 1.0, channels: int = 1, folder: str = "") -> Experiment:
    """WGAN-GP (Gulrajani et al. 2017) of keras.io's example wgan_gp (Nain 2020), on Fashion-MNIST at 28×28.

    The critic pads the image to 32×32: kernels of 5, stride 2, dropout .3 and .2. The generator doubles a map of 4×4
    three times by repeating pixels, with batch norm, also after its last convolution, and crops 32×32 to 28×28. λ 10,
    3 critic updates a step, Adam 2e-4 with betas .5/.9, batch 512, 20 epochs. Odd, and kept: the penalty's
    points are mixed with N(0, 1), so that most lie beyond one of both samples; the three updates of a step see the same
    real batch; batch norm as Keras has it (momentum .99, epsilon .001).
    """
    pictures = Pictures(channels=channels, size=28, folder=folder)
    adam = Adam(learning_rate=2e-4, beta1=0.5, beta2=0.9, epsilon=_KERAS_EPSILON)
    critic: list[L.Layer] = []
    for index, count in enumerate(scaled(each, width) for each in (64, 128, 256, 512)):
        before, after = (1, 2) if index else (3, 4)  # 'same' with stride 2; the first pads the image to 32×32 too
        critic += [L.Conv(channels=count, kernel=5, stride=2, padding=before, padding_end=after), _SLOPE]
        critic += [L.Dropout(rate=0.3)] if index in (1, 2) else []
    critic += [L.Flatten(), L.Dropout(rate=0.2), L.Dense(units=1)]
    first, *others = (scaled(count, width) for count in (256, 128, 64))
    generator: list[L.Layer] = [L.Dense(units=4 * 4 * first, bias=False), _keras_norm(), _SLOPE]
    generator.append(L.Reshape(shape=(first, 4, 4)))
    for count in others:
        generator += [L.Upsample(), L.Conv(channels=count, kernel=3, padding=1, bias=False), _keras_norm(), _SLOPE]
    generator += [L.Upsample(), L.Conv(channels=channels, kernel=3, padding=1, bias=False), _keras_norm(), L.Tanh()]
    generator.append(L.Crop(before=2))
    epoch = 118
    critic_phase, generator_phase = game_phases(
        "wasserstein", penalties=(GradientPenalty(weight=10.0, mix="normal"),), repeats=3
    )
    return Experiment(
        name="keras-wgan-gp",
        summary="WGAN-GP of keras.io on Fashion-MNIST",
        data=pictures.data(FashionMnist()),
        networks={
            "generator": Network(inputs=latent_input(LATENT), layers=tuple(generator)),
            "discriminator": _judge(pictures.shape, critic),
        },
        players=two_players(adam, adam),
        phases=(msgspec.structs.replace(critic_phase, batch="step"), generator_phase),
        training=Training(steps=epoch * 20, batch_size=512, last_batch="keep"),
        sampling=Sampling(rows=4, columns=8, every_steps=epoch),
        logging=Logging(every_steps=20),
        checkpoint=Checkpoint(every_steps=epoch),
    )


def keras_conditional_gan(width: float = 1.0, classes: int = 10, channels: int = 1, folder: str = "") -> Experiment:
    """Conditional GAN (Mirza, Osindero 2014) of keras.io's example conditional_gan (Paul 2021), on MNIST at 28×28.

    The label as a one-hot row joins the latent (128 + 10), and as ten maps, one of them all ones, the image. D is two
    convolutions of 3 with stride 2 and the largest value of each channel; G two transposed ones from a map of 7×7 and a
    convolution of 7 with a sigmoid, images in [0, 1]. Odd, and kept: generated samples have label 1 and real ones 0, in
    one joined batch; both players use the labels of the real batch. Adam 3e-4 with betas .9/.999, epsilon 1e-7, batch
    64, 20 epochs. The example trains on the test images too, which stay held out here.
    """
    pictures = Pictures(channels=channels, size=28, folder=folder, labelled=True)
    adam = Adam(learning_rate=3e-4, epsilon=_KERAS_EPSILON)
    label = {"label": Input(kind="label", classes=classes)}
    code = L.OneHot(name="code", inputs=("label",), classes=classes)
    narrow, wide, first = scaled(64, width), scaled(128, width), LATENT + classes
    generator: list[L.Layer] = [code, L.Concat(inputs=("z", "code")), L.Dense(units=7 * 7 * first), _SLOPE]
    generator.append(L.Reshape(shape=(first, 7, 7)))
    for _ in range(2):
        generator += [L.ConvTranspose(channels=wide, kernel=4, stride=2, padding=1), _SLOPE]
    generator += [L.Conv(channels=channels, kernel=7, padding=3), L.Sigmoid()]
    discriminator: list[L.Layer] = [code, L.Reshape(shape=(classes, 1, 1)), L.Upsample(name="maps", factor=28)]
    discriminator.append(L.Concat(inputs=("sample", "maps")))
    for count in (narrow, wide):
        discriminator += [L.Conv(channels=count, kernel=3, stride=2, padding=0, padding_end=1), _SLOPE]
    discriminator += [L.MaxPool(size=7), L.Flatten(), L.Dense(units=1)]
    epoch = 938
    return Experiment(
        name="keras-conditional-gan",
        summary="conditional GAN of keras.io on MNIST",
        data=pictures.mnist((0.0, 1.0)),
        networks={
            "generator": Network(inputs=latent_input(LATENT) | label, layers=tuple(generator)),
            "discriminator": Network(
                inputs={"sample": Input(kind="data", shape=pictures.shape)} | label, layers=tuple(discriminator)
            ),
        },
        players=two_players(adam, adam),
        phases=_joined_phases(fake_classes="real"),
        training=Training(steps=epoch * 20, batch_size=64, last_batch="keep"),
        sampling=Sampling(rows=classes, columns=10, every_steps=epoch),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_steps=epoch),
    )


def _joined_phases(noise: float = 0.0, **generator: str) -> tuple[Phase, ...]:
    """Real samples with label 0 and generated ones with label 1 in one batch; the generator aims at 0."""
    judge = LabelledDiscriminator(real_label=0.0, fake_label=1.0, noise=noise, joined=True)
    maker = LabelledGenerator(label=0.0, **generator)  # type: ignore[arg-type]
    return (
        Phase(name="discriminator", player="discriminator", objective=judge),
        Phase(name="generator", player="generator", objective=maker),
    )


def _judge(shape: tuple[int, ...], layers: list[L.Layer]) -> Network:
    return Network(inputs={"sample": Input(kind="data", shape=shape)}, layers=tuple(layers))


def _keras_norm() -> L.BatchNorm:
    return L.BatchNorm(running_update_rate=0.01, epsilon=1e-3, running_variance="biased")
