"""The conditional SAGAN of conditional_sagan.toml in Python: `python examples/conditional_sagan.py torch 1000`."""

import sys

import gan_core
from gan_core.data.cifar import Cifar10
from gan_core.experiments.experiment import Experiment, Sampling, Training
from gan_core.presets.games import game_phases, two_players
from gan_core.specs import layers as L
from gan_core.specs.blocks import Projection, Residual, SelfAttention
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam

label, image = Input(kind="label", classes=10), Input(kind="data", shape=(3, 32, 32))
up = Residual(channels=256, scale="up", norm="batch", condition="label", bias=False, spectral_norm=True)
down = Residual(channels=128, scale="down", spectral_norm=True)
first = Residual(channels=128, scale="down", first=True, spectral_norm=True)
same = Residual(channels=128, spectral_norm=True)
slow, fast = (Adam(learning_rate=rate, beta1=0, beta2=0.9) for rate in (1e-4, 4e-4))
attention, code = SelfAttention(spectral_norm=True), Input(kind="latent", shape=(128,))
entrance = (L.Dense(units=4096, spectral_norm=True), L.Reshape(shape=(256, 4, 4)))
exit_ = (L.BatchNorm(), L.ReLU(), L.Conv(channels=3, kernel=3, padding=1, spectral_norm=True), L.Tanh())
judge = (L.ReLU(), L.GlobalPool(kind="sum"), Projection(condition="label", spectral_norm=True))
generator = Network(inputs={"z": code, "label": label}, layers=(*entrance, up, up, attention, up, *exit_))
discriminator = Network(inputs={"image": image, "label": label}, layers=(first, attention, down, same, *judge))
experiment = Experiment(
    name="conditional-sagan",
    data=Cifar10(),
    networks={"generator": generator, "discriminator": discriminator},
    players=two_players(slow, fast),
    phases=game_phases("hinge"),
    training=Training(steps=100_000, batch_size=64),
    sampling=Sampling(rows=10, columns=10),
)

if __name__ == "__main__":
    backend, steps = sys.argv[1:] or ("torch", "100000")
    print(gan_core.train(experiment, backend, steps=int(steps)).metrics()[-1])
