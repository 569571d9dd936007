"""Two distributions that do not overlap: `python examples/theory/disjoint_distributions.py torch 400`.

Arjovsky et al. 2017 (arXiv:1701.07875, example 1): real samples are (0, y), generated ones (θ, y), y uniform. The
Jensen-Shannon divergence is ln 2 for every θ but 0, so it has no slope to follow; the Wasserstein distance is |θ|, of
slope 1. Here a discriminator and a critic (with a gradient penalty, Gulrajani et al. 2017) are trained for several θ,
and what is drawn beside the two curves is what they estimate, and the gradient at θ that they hand the generator.
"""

import dataclasses
import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from typing_extensions import override

import gan_core
from gan_core.data.dataset import Dataset
from gan_core.data.spec import Data
from gan_core.experiments.experiment import Experiment, Phase, Player, Training
from gan_core.objectives import AdversarialDiscriminator, AdversarialGenerator
from gan_core.objectives.context import Outcome, UpdateContext, discriminate
from gan_core.objectives.losses import adversarial_loss
from gan_core.objectives.penalties import GradientPenalty
from gan_core.operations.ops import Array
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam, Sgd
from gan_core.specs.spec import Variant
from gan_core.training.state import State
from gan_core.training.trainer import Trainer

THETAS = (0.1, 0.25, 0.5, 1.0, 1.5, 2.0)
GAMES = {"minimax": "discriminator", "non_saturating": "discriminator", "wasserstein": "critic"}
LAST = 20  # steps, over which what is measured is averaged


class Segment(Variant, Data, frozen=True, kw_only=True):
    """20,000 points (0, y), y uniform in −1 … 1."""

    @override
    def load(self, data_dir: Path | None) -> Dataset:
        heights = np.random.default_rng(1).uniform(-1, 1, 20_000)
        return Dataset(name="segment", samples=np.stack([np.zeros_like(heights), heights], axis=1), kind="points")


class SlopeAtTheta(AdversarialGenerator, frozen=True, kw_only=True):
    """Moves nothing, and logs the gradient of each game's loss of the generator at θ, the first number of its bias."""

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        slopes = {}
        for loss, judge in GAMES.items():
            bias = context.native_weights(self.generator)["dense_1.bias"]
            (gradient,) = context.ops.gradients(self.loss_of(context, loss, judge), [bias], differentiable=False)
            slopes[loss] = context.ops.sum(gradient[:1], (0,))
        return Outcome(loss=self.loss_of(context, "wasserstein", "critic") * 0.0, scalars=slopes)

    def loss_of(self, context: UpdateContext, loss: str, judge: str) -> Array:
        """Return the generator's side of a loss, against one of the two judges, a scalar."""
        fake, label = self.samples(context)
        scores = discriminate(context, judge, fake, label)
        return adversarial_loss(loss).generator(context.ops, scores, scores)  # the first, of real ones, is never read


def experiment(steps: int) -> Experiment:
    """Return the game of two judges against a generator (θ, z) that stands still."""
    hidden = (L.Dense(units=64), L.LeakyReLU(slope=0.2), L.Dense(units=64), L.LeakyReLU(slope=0.2), L.Dense(units=1))
    judge = Network(inputs={"sample": Input(kind="data", shape=(2,))}, layers=hidden)
    adam = Adam(learning_rate=1e-3, beta1=0.5, beta2=0.9)
    penalised = AdversarialDiscriminator(discriminator="critic", loss="wasserstein", penalties=(GradientPenalty(),))
    latent = {"z": Input(kind="latent", shape=(1,), distribution="uniform")}
    return Experiment(
        name="disjoint",
        data=Segment(),
        networks={
            "generator": Network(inputs=latent, layers=(L.Dense(units=2),)),
            "discriminator": judge,
            "critic": judge,
        },
        players={
            "generator": Player(networks=("generator",), optimizer=Sgd(learning_rate=1.0)),
            "discriminator": Player(networks=("discriminator",), optimizer=adam),
            "critic": Player(networks=("critic",), optimizer=adam),
        },
        phases=(
            Phase(name="discriminator", player="discriminator", objective=AdversarialDiscriminator()),
            Phase(name="critic", player="critic", objective=penalised),
            Phase(name="slope", player="generator", objective=SlopeAtTheta()),
        ),
        training=Training(steps=steps, batch_size=256),
    )


def measured(trainer: Trainer, first: State, theta: float) -> dict[str, float]:
    """Train both judges from the first state against a θ; return the means of all scalars over the last steps."""
    generator = {"dense_1.weight": np.array([[0.0], [1.0]]), "dense_1.bias": np.array([theta, 0.0])}
    trainer.load(dataclasses.replace(first, networks={**first.networks, "generator": generator}))
    rows = [trainer.run_step() for _ in range(trainer.experiment.training.steps)]
    return {name: float(np.mean([trainer.backend.to_numpy(row[name]) for row in rows[-LAST:]])) for name in rows[0]}


def main(backend: str, steps: int) -> None:
    """Measure for every θ, print a table and draw it beside the theory."""
    made = experiment(steps)
    trainer = Trainer(made, gan_core.load_backend(backend), made.data.load(None))
    first, found = trainer.state(), {}
    for theta in THETAS:
        row = found[theta] = measured(trainer, first, theta)
        row["jensen_shannon"] = np.log(2) - row["discriminator/loss"] / 2  # V = −ln 4 + 2 JSD
        row["distance"] = row["critic/real_score"] - row["critic/fake_score"]
        print(
            f"theta {theta:4.2f}: JSD {row['jensen_shannon']:.4f} (ln 2 = .6931), W {row['distance']:.3f}; slopes ",
            end="",
        )
        print(", ".join(f"{loss} {row[f'slope/{loss}']:.2g}" for loss in GAMES))
    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    line = np.linspace(0, max(THETAS), 200)
    left.plot(line, np.where(line > 0, np.log(2), 0), "C0", label="Jensen-Shannon divergence: ln 2")
    left.plot(THETAS, [found[theta]["jensen_shannon"] for theta in THETAS], "C0o", label="as D estimates it")
    left.plot(line, line, "C1", label="Wasserstein distance: θ")
    left.plot(THETAS, [found[theta]["distance"] for theta in THETAS], "C1o", label="as the critic estimates it")
    for number, loss in enumerate(GAMES):
        slopes = [abs(found[theta][f"slope/{loss}"]) for theta in THETAS]
        right.semilogy(THETAS, slopes, f"C{(2, 3, 1)[number]}o-", label=loss)
    left.set(xlabel="θ", title="what there is to measure")
    right.set(xlabel="θ", title="|gradient at θ| that the generator gets")
    for axes in (left, right):
        axes.legend(fontsize="small")
        axes.grid(alpha=0.3)
    figure.savefig("disjoint_distributions.png", dpi=90)


if __name__ == "__main__":
    words = sys.argv[1:] or ["torch", "400"]
    main(words[0], int(words[1]))
