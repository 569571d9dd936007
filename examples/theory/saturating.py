"""Why −log D(G(z)) and not log(1 − D(G(z))): `python examples/theory/saturating.py torch 300`.

Goodfellow et al. 2014 (arXiv:1406.2661), section 3: early on the discriminator rejects samples with confidence, and
log(1 − D(G(z))) saturates. At a logit, the gradient of this minimax loss is D, that of −log D is 1 − D: the smaller
D(G(z)), the less the first tells the generator, and the more the second. Arjovsky, Bottou 2017 (arXiv:1701.04862,
figures 2 and 3) train D alone, the generator standing still, and watch the gradient at its weights; so does this.
"""

import sys
from typing import Any

import msgspec
import numpy as np
from matplotlib.figure import Figure
from typing_extensions import override

import gan_core
from gan_core.experiments.experiment import Phase
from gan_core.experiments.files import with_changes
from gan_core.objectives import AdversarialGenerator
from gan_core.objectives.context import Outcome, UpdateContext, discriminate
from gan_core.objectives.losses import adversarial_loss
from gan_core.operations.ops import Array
from gan_core.testing.numpy_ops import NUMPY

LOSSES = ("minimax", "non_saturating")
TINY = 1e-30  # of a complex step: the imaginary part over it is the derivative, exact to rounding


class GradientNorms(AdversarialGenerator, frozen=True, kw_only=True):
    """Moves nothing, and logs the norm of each loss's gradient at all weights of the generator."""

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops, norms = context.ops, {}
        for name in LOSSES:
            loss = self.loss_of(context, name)
            weights = list(context.native_weights(self.generator).values())
            gradients = ops.gradients(loss, weights, differentiable=False)
            squares = [ops.sum(one * one, tuple(range(len(one.shape)))) for one in gradients]
            norms[f"{name}_norm"] = ops.sqrt(sum(squares[1:], squares[0]))
        total = self.loss_of(context, LOSSES[1]) * 0.0  # a loss must be there; its gradient is 0
        return Outcome(loss=total, scalars=norms)

    def loss_of(self, context: UpdateContext, name: str) -> Array:
        """Return the generator's loss of a name on this update's samples, a scalar."""
        fake, label = self.samples(context)
        logits = discriminate(context, self.discriminator, fake, label)
        return adversarial_loss(name).generator(context.ops, logits, logits)  # the first, of real ones, is never read


def slope(name: str, logit: float) -> float:
    """Return the derivative of a loss of the library at a logit, by a complex step."""
    logits: Any = np.array([[logit + TINY * 1j]])
    value: Any = adversarial_loss(name).generator(NUMPY, logits, logits)
    return float(value.imag / TINY)


def main(backend: str, steps: int) -> None:
    """Draw both losses' gradients at a logit, and train D alone to see those at the generator's weights."""
    plain = with_changes(gan_core.preset("digits-mlp"), {"training.steps": steps, "logging.every_steps": 1})
    watch = Phase(name="generator", player="generator", objective=GradientNorms())
    run = gan_core.train(msgspec.structs.replace(plain, phases=(plain.phases[0], watch)), backend)
    lines = run.metrics()
    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    d = np.linspace(0.005, 0.995, 199)
    for name in LOSSES:
        left.plot(d, [abs(slope(name, float(np.log(one / (1 - one))))) for one in d], label=name)
        norms = [line[f"generator/{name}_norm"] for line in lines]
        right.semilogy([line["step"] for line in lines], norms, label=name)
        print(f"{name}: |gradient| at a logit where D = .01: {abs(slope(name, np.log(0.01 / 0.99))):.3f}; ", end="")
        print(f"at the generator's weights {norms[0]:.3g} at step 1, {np.mean(norms[-10:]):.3g} at step {steps}")
    judged = [line["discriminator/fake_probability"] for line in lines]
    right.semilogy([line["step"] for line in lines], judged, ":", color="gray", label="D(G(z))")
    left.set(xlabel="D(G(z))", ylabel="|gradient| at the logit", title="minimax: D; non-saturating: 1 − D")
    right.set(
        xlabel="steps of D alone", ylabel="norm of the gradient at G's weights", title="the generator stands still"
    )
    for axes in (left, right):
        axes.legend()
        axes.grid(alpha=0.3)
    figure.savefig("saturating.png", dpi=90)


if __name__ == "__main__":
    words = sys.argv[1:] or ["torch", "300"]
    main(words[0], int(words[1]))
