"""D trained alone against p / (p + q): `python examples/theory/optimal_discriminator.py torch 2000`.

Goodfellow et al. 2014 (arXiv:1406.2661), proposition 1: against a generator that stands still, whose samples have the
density q, the best discriminator is D(x) = p(x) / (p(x) + q(x)), p the density of the data. The value of the game is
then V = −ln 4 + 2 JSD(p, q), which is −ln 4 where p = q and D = 1/2 everywhere (theorem 1). Here both densities are
known: p is two Gaussians on a line, or q itself, and q is N(0, 1), since the generator hands its latent on.
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from typing_extensions import override

import gan_core
from gan_core.data.dataset import Dataset
from gan_core.data.spec import Data
from gan_core.experiments.experiment import Checkpoint, Experiment, Logging, Phase, Player, Training
from gan_core.objectives import AdversarialDiscriminator
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam, LinearDecay
from gan_core.specs.spec import PositiveFloat, Variant

GRID = np.linspace(-5, 5, 1001)[:, None]
NEGLIGIBLE = 0.02  # of the largest p + q: beyond, D has seen next to no samples
LAST = 100  # logged lines, over which the value of the game is averaged


class Bells(Variant, Data, frozen=True, kw_only=True):
    """400,000 numbers [1] from two Gaussians at ± `centre`, as likely as each other."""

    centre: float = 1.5
    deviation: PositiveFloat = 0.5

    def density(self, x: np.ndarray) -> np.ndarray:
        """Return p(x), of x's shape."""
        return 0.5 * normal(x, self.centre, self.deviation) + 0.5 * normal(x, -self.centre, self.deviation)

    @override
    def load(self, data_dir: Path | None) -> Dataset:
        random = np.random.default_rng(1)
        signs = random.choice([-1.0, 1.0], (400_000, 1))
        return Dataset(
            name="bells", samples=signs * self.centre + self.deviation * random.normal(size=signs.shape), kind="table"
        )


def normal(x: np.ndarray, mean: float, deviation: float) -> np.ndarray:
    """Return the density of N(mean, deviation²)."""
    return np.asarray(np.exp(-(((x - mean) / deviation) ** 2) / 2) / (deviation * np.sqrt(2 * np.pi)))


def experiment(name: str, data: Bells, steps: int) -> Experiment:
    """Return a training with one phase, the discriminator's: the generator belongs to no player, and stands still."""
    hidden = (L.Dense(units=64), L.ELU(), L.Dense(units=64), L.ELU(), L.Dense(units=1))
    return Experiment(
        name=name,
        silenced=("unmoved-network",),
        data=data,
        networks={
            "generator": Network(inputs={"z": Input(kind="latent", shape=(1,))}, layers=(L.Scale(factor=1.0),)),
            "discriminator": Network(inputs={"sample": Input(kind="data", shape=(1,))}, layers=hidden),
        },
        players={
            "discriminator": Player(
                networks=("discriminator",),
                optimizer=Adam(learning_rate=3e-3, schedule=LinearDecay(start=steps // 4, end=steps + 1)),
            )
        },
        phases=(Phase(name="discriminator", player="discriminator", objective=AdversarialDiscriminator()),),
        training=Training(steps=steps, batch_size=2048),
        logging=Logging(every_steps=5),
        checkpoint=Checkpoint(every_steps=steps),
    )


def main(backend: str, steps: int) -> None:
    """Train both cases, print how far D is from its optimum, and draw it beside it."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    cases = {"two-bells": Bells(), "the-same": Bells(centre=0.0, deviation=1.0)}
    for axes, (name, data) in zip(figure.subplots(1, 2, sharey=True), cases.items(), strict=True):
        run = gan_core.train(experiment(name, data, steps), backend)
        logits = run.trainer(backend).sampler.generate("discriminator", {"sample": GRID})
        trained = 1 / (1 + np.exp(-logits.astype(np.float64)))
        p, q = data.density(GRID), normal(GRID, 0.0, 1.0)
        best, seen = p / (p + q), p + q > NEGLIGIBLE * (p + q).max()
        off, step = np.abs(trained - best)[seen], GRID[1, 0] - GRID[0, 0]
        divergence = float(np.sum(p * np.log(2 * p / (p + q)) + q * np.log(2 * q / (p + q)))) * step / 2
        value = -np.mean([line["discriminator/loss"] for line in run.metrics()[-LAST:]])
        print(f"{name}: |D - p/(p + q)| is {off.mean():.4f} on average, {off.max():.4f} at x = ", end="")
        print(f"{GRID[seen][off.argmax()]:.2f}; V = {value:.4f}, -ln 4 + 2 JSD = {2 * divergence - np.log(4):.4f}")
        for values, label in ((best, "p / (p + q)"), (trained, "D"), (p, "p"), (q, "q")):
            style = {"D": "--", "p": ":", "q": ":"}.get(label, "-")
            axes.plot(GRID[:, 0], np.where(seen, values, np.nan)[:, 0], style, label=label)
        axes.set_title(f"{name}: V = {value:.3f}")
        axes.set_xlabel("x")
        axes.legend()
    figure.savefig("optimal_discriminator.png", dpi=90)


if __name__ == "__main__":
    words = sys.argv[1:] or ["torch", "2000"]
    main(words[0], int(words[1]))
