"""Presets of sounds, which are images of one row. `width` scales channel counts, `length` is in values."""

import math

from gan_core.data.sound_folder import SoundFolder
from gan_core.data.spec import Data
from gan_core.data.tones import Tones
from gan_core.errors import SpecError
from gan_core.experiments.experiment import Checkpoint, Experiment, Logging, Sampling, Training
from gan_core.objectives.penalties import GradientPenalty
from gan_core.presets.architectures import latent_input
from gan_core.presets.games import game_phases, two_players
from gan_core.presets.pictures import scaled
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam

FULL_LENGTH, FULL_RATE = 16384, 16000
FIRST_LENGTH, STRIDE, KERNEL = 16, 4, 25
BEFORE, BEHIND = 10, 11  # values: TensorFlow's "same" at a kernel of 25 and a stride of 4


def wavegan(width: float = 1.0, length: int = FULL_LENGTH, folder: str = "") -> Experiment:
    """WaveGAN (Donahue et al. 2019, arXiv:1802.04208) on plucked strings, sweeps and drums that the library makes.

    The paper's networks and training: kernels of 25 with stride 4, 64 channels and twice as many a layer, phase shuffle
    by 2 behind each layer of the critic but the last; WGAN-GP with λ 10 and 5 critic updates, Adam 1e-4 with betas
    .5/.9, batch 64, z of 100 from U(−1, 1). length: 16,384 in the paper, or 1,024 or 4,096 with fewer layers; at each
    the sounds take a second, by a lower sample rate. Odd: the authors' code shifts all samples of a call alike, here
    each by itself. Your own WAV files: --set folder=FOLDER.
    """
    layers = round(math.log(max(length, 1) / FIRST_LENGTH, STRIDE))
    if layers < 2 or length != FIRST_LENGTH * STRIDE**layers:
        raise SpecError(f"length: expected 256, 1024, 4096, 16384 or 65536 (each layer has 4 times more), got {length}")
    rate = FULL_RATE * length // FULL_LENGTH if length < FULL_LENGTH else FULL_RATE
    data: Data = Tones(length=length, rate=max(1000, rate))
    if folder:
        data = SoundFolder(path=folder, length=length, rate=max(1000, rate))
    counts = [scaled(64 * 2**layer, width) for layer in range(layers)]
    adam = Adam(learning_rate=1e-4, beta1=0.5, beta2=0.9)
    return Experiment(
        name="wavegan",
        summary="WaveGAN on short sounds that the library makes",
        data=data,
        networks={"generator": _generator(counts), "discriminator": _critic(counts, length)},
        players=two_players(adam, adam),
        phases=game_phases("wasserstein", penalties=(GradientPenalty(weight=10.0),), repeats=5),
        training=Training(steps=20_000, batch_size=64),
        sampling=Sampling(rows=4, columns=4, every_steps=500),
        logging=Logging(every_steps=20),
        checkpoint=Checkpoint(every_steps=500),
    )


def _generator(counts: list[int]) -> Network:
    """Return 16 values in the most channels, and layers that have four times more in half as many channels."""
    first = counts[-1]
    layers: list[L.Layer] = [L.Dense(units=FIRST_LENGTH * first), L.Reshape(shape=(first, 1, FIRST_LENGTH)), L.ReLU()]
    for channels in (*reversed(counts[:-1]), 1):
        up = L.ConvTranspose(
            channels=channels, kernel=(1, KERNEL), stride=(1, STRIDE), padding=(0, BEFORE), padding_end=(0, BEHIND)
        )
        layers += [up, L.ReLU()]
    return Network(inputs=latent_input(100, "uniform"), layers=(*layers[:-1], L.Tanh()))


def _critic(counts: list[int], length: int) -> Network:
    layers: list[L.Layer] = []
    for channels in counts:
        down = L.Conv(
            channels=channels, kernel=(1, KERNEL), stride=(1, STRIDE), padding=(0, BEFORE), padding_end=(0, BEHIND)
        )
        layers += [down, L.LeakyReLU(slope=0.2), L.PhaseShuffle(shift=2)]
    layers[-1:] = [L.Flatten(), L.Dense(units=1)]
    return Network(inputs={"sample": Input(kind="data", shape=(1, 1, length))}, layers=tuple(layers))
