"""Adversarial losses: pure functions of operations and logits, each with its paper.

Legend: real, fake [N, 1] are the discriminator's outputs before any sigmoid, for real and generated samples.
Every function returns a scalar, averaged over the batch. The same functions run on NumPy.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import log
from typing import Any, Literal

from gan_core.errors import SpecError
from gan_core.operations.log_sums import log_sum_exp_of_rows
from gan_core.operations.ops import Array, Ops
from gan_core.operations.whole_batch import batch_mean
from gan_core.specs.registry import Registry

LossFunction = Callable[[Ops, Array, Array], Array]


@dataclass(frozen=True, kw_only=True)
class AdversarialLoss:
    """The two sides of one game; each is called as f(ops, real, fake) and minimised by its player.

    generator_needs_real: whether the generator's side reads the real logits (it gets None otherwise).
    outputs: what the discriminator's outputs are to it: "logits", where a sigmoid is part of the loss and must not be
        part of the network too; "scores", which must be free to be any number; "any", where the checks of an experiment
        have nothing to say.
    needs_bound: whether the loss has no least value unless something bounds the discriminator's slope.
    probability: whether the sigmoid of an output is D, the probability that the sample is real.
    undecided: the discriminator's and the generator's loss where the discriminator says the same of every sample and
        has nothing to gain: D = 1/2 everywhere, as where samples are distributed as real ones are. None where they are
        no fixed numbers.
    """

    discriminator: LossFunction
    generator: LossFunction
    generator_needs_real: bool = False
    outputs: Literal["logits", "scores", "any"] = "any"
    needs_bound: bool = False
    probability: bool = False
    undecided: tuple[float, float] | None = None

    def undecided_of(self, side: Literal["discriminator", "generator"]) -> float | None:
        """Return one of the two losses of `undecided`."""
        return self.undecided and self.undecided[side == "generator"]


def cross_entropy_discriminator(ops: Ops, real: Array, fake: Array) -> Array:
    """Minus the value function of Goodfellow et al. 2014 (arXiv:1406.2661, eq. 1), real and fake halves added."""
    return ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))  # −log D(x) − log(1 − D(G(z)))


def minimax_generator(ops: Ops, real: Array, fake: Array) -> Array:
    """log(1 − D(G(z))), Goodfellow et al. 2014, eq. 1; its gradient vanishes when the discriminator wins."""
    return -ops.mean(ops.softplus(fake))


def non_saturating_generator(ops: Ops, real: Array, fake: Array) -> Array:
    """−log D(G(z)), Goodfellow et al. 2014, section 3."""
    return ops.mean(ops.softplus(-fake))


def least_squares_discriminator(ops: Ops, real: Array, fake: Array) -> Array:
    """Mao et al. 2017 (arXiv:1611.04076, eq. 9): ½ (D(x) − 1)² + ½ D(G(z))²."""
    return 0.5 * ops.mean((real - 1.0) * (real - 1.0)) + 0.5 * ops.mean(fake * fake)


def least_squares_generator(ops: Ops, real: Array, fake: Array) -> Array:
    """Mao et al. 2017, eq. 9: ½ (D(G(z)) − 1)²."""
    return 0.5 * ops.mean((fake - 1.0) * (fake - 1.0))


def mean_squares_generator(ops: Ops, real: Array, fake: Array) -> Array:
    """(D(G(z)) − 1)², without the ½ of Mao et al. 2017: as public code has it, against the discriminator with its ½."""
    return ops.mean((fake - 1.0) * (fake - 1.0))


def boundary_seeking_generator(ops: Ops, real: Array, fake: Array) -> Array:
    """Hjelm et al. 2018 (arXiv:1702.08431): ½ (log D(G(z)) − log(1 − D(G(z))))², which is ½ logit²."""
    return 0.5 * ops.mean(fake * fake)


def softmax_discriminator(ops: Ops, real: Array, fake: Array) -> Array:
    """Lin 2017 (arXiv:1704.06191): −mean of real outputs + log Z, Z the sum of exp over both halves of the batch.

    Cross-entropy of the softmax over all samples with 1/N for each real one. The paper's energies are minus the
    outputs here, so that real samples have the larger ones, as in every other loss.
    """
    return log_partition(ops, real, fake) - ops.mean(real)


def softmax_generator(ops: Ops, real: Array, fake: Array) -> Array:
    """Lin 2017: −½ (mean of real + mean of generated outputs) + log Z: every sample is to have the same share."""
    return log_partition(ops, real, fake) - 0.5 * (ops.mean(real) + ops.mean(fake))


def log_partition(ops: Ops, real: Array, fake: Array) -> Array:
    """Return log Σ exp over all outputs of both kinds, a scalar."""
    row = ops.reshape(ops.gathered(ops.concat([real, fake], 0)), (1, -1))
    return ops.mean(log_sum_exp_of_rows(ops, row))


def hinge_discriminator(ops: Ops, real: Array, fake: Array) -> Array:
    """Lim, Ye 2017 (arXiv:1705.02894): max(0, 1 − D(x)) + max(0, 1 + D(G(z)))."""
    return ops.mean(ops.relu(1.0 - real)) + ops.mean(ops.relu(1.0 + fake))


def wasserstein_discriminator(ops: Ops, real: Array, fake: Array) -> Array:
    """Arjovsky et al. 2017 (arXiv:1701.07875, eq. 3): D(G(z)) − D(x), minus the estimate of the distance."""
    return ops.mean(fake) - ops.mean(real)


def wasserstein_generator(ops: Ops, real: Array, fake: Array) -> Array:
    """Arjovsky et al. 2017: −D(G(z)); also the generator's side of the hinge loss."""
    return -ops.mean(fake)


def relativistic_discriminator(ops: Ops, real: Array, fake: Array) -> Array:
    """Jolicoeur-Martineau 2018 (arXiv:1807.00734, eq. 14): each sample against the mean of the other kind."""
    return ops.mean(ops.softplus(batch_mean(ops, fake) - real)) + ops.mean(ops.softplus(fake - batch_mean(ops, real)))


def relativistic_generator(ops: Ops, real: Array, fake: Array) -> Array:
    """Jolicoeur-Martineau 2018, eq. 15: the discriminator's side with real and fake exchanged."""
    return relativistic_discriminator(ops, fake, real)


def relativistic_pair_discriminator(ops: Ops, real: Array, fake: Array) -> Array:
    """Jolicoeur-Martineau 2018 (RSGAN): −log σ(D(x) − D(G(z))), the n-th real against the n-th generated one."""
    return ops.mean(ops.softplus(fake - real))


def relativistic_pair_generator(ops: Ops, real: Array, fake: Array) -> Array:
    """Jolicoeur-Martineau 2018 (RSGAN): the discriminator's side with real and fake exchanged."""
    return relativistic_pair_discriminator(ops, fake, real)


def relativistic_squares_discriminator(ops: Ops, real: Array, fake: Array) -> Array:
    """Jolicoeur-Martineau 2018 (RaLSGAN): (D(x) − mean D(G(z)) − 1)² + (D(G(z)) − mean D(x) + 1)²."""
    above, below = real - batch_mean(ops, fake) - 1.0, fake - batch_mean(ops, real) + 1.0
    return ops.mean(above * above) + ops.mean(below * below)


def relativistic_squares_generator(ops: Ops, real: Array, fake: Array) -> Array:
    """Jolicoeur-Martineau 2018 (RaLSGAN): the discriminator's side with real and fake exchanged."""
    return relativistic_squares_discriminator(ops, fake, real)


def relativistic_hinge_discriminator(ops: Ops, real: Array, fake: Array) -> Array:
    """Jolicoeur-Martineau 2018 (RaHingeGAN): max(0, 1 − (D(x) − mean D(G(z)))) + max(0, 1 + D(G(z)) − mean D(x))."""
    of_real, of_fake = 1.0 - real + batch_mean(ops, fake), 1.0 + fake - batch_mean(ops, real)
    return ops.mean(ops.relu(of_real)) + ops.mean(ops.relu(of_fake))


def relativistic_hinge_generator(ops: Ops, real: Array, fake: Array) -> Array:
    """Jolicoeur-Martineau 2018 (RaHingeGAN): the discriminator's side with real and fake exchanged."""
    return relativistic_hinge_discriminator(ops, fake, real)


def _two_sides(sides: type, **settings: Any) -> AdversarialLoss:
    """Return the loss whose sides are two functions of a class. Raises `SpecError` where one is missing."""
    missing = [side for side in ("discriminator", "generator") if not callable(getattr(sides, side, None))]
    if missing:
        raise SpecError(f"the loss {sides.__name__} lacks the function {missing[0]}(ops, real, fake); define it")
    functions = {"discriminator": sides.discriminator, "generator": sides.generator}  # type: ignore[attr-defined]
    return AdversarialLoss(**functions, **settings)


LOSSES: Registry[AdversarialLoss] = Registry("loss", _two_sides, in_files=True)
"""The losses by their names; one of a user's joins as a class of two functions, `@LOSSES.register("name")`."""

LOSSES.add(
    "minimax",
    AdversarialLoss(
        discriminator=cross_entropy_discriminator,
        generator=minimax_generator,
        outputs="logits",
        probability=True,
        undecided=(2 * log(2), -log(2)),  # minus the value of the game, −ln 4; and log(1 − 1/2)
    ),
)
LOSSES.add(
    "non_saturating",
    AdversarialLoss(
        discriminator=cross_entropy_discriminator,
        generator=non_saturating_generator,
        outputs="logits",
        probability=True,
        undecided=(2 * log(2), log(2)),
    ),
)
LOSSES.add(
    "least_squares",
    AdversarialLoss(
        discriminator=least_squares_discriminator,
        generator=least_squares_generator,
        undecided=(0.25, 0.125),  # outputs of 1/2
    ),
)
LOSSES.add(
    "hinge", AdversarialLoss(discriminator=hinge_discriminator, generator=wasserstein_generator, outputs="scores")
)
LOSSES.add(
    "relativistic_average",
    AdversarialLoss(
        discriminator=relativistic_discriminator,
        generator=relativistic_generator,
        generator_needs_real=True,
        outputs="logits",
        undecided=(2 * log(2), 2 * log(2)),  # any output, the same for all
    ),
)
LOSSES.add(
    "wasserstein",
    AdversarialLoss(
        discriminator=wasserstein_discriminator, generator=wasserstein_generator, outputs="scores", needs_bound=True
    ),
)
LOSSES.add(
    "mean_squares",
    AdversarialLoss(
        discriminator=least_squares_discriminator, generator=mean_squares_generator, undecided=(0.25, 0.25)
    ),
)
LOSSES.add(
    "boundary_seeking",
    AdversarialLoss(
        discriminator=cross_entropy_discriminator,
        generator=boundary_seeking_generator,
        outputs="logits",
        probability=True,
        undecided=(2 * log(2), 0.0),
    ),
)
LOSSES.add(
    "softmax",
    AdversarialLoss(
        discriminator=softmax_discriminator,
        generator=softmax_generator,
        generator_needs_real=True,
        outputs="logits",  # undecided: the logarithm of the number of samples, both
    ),
)
LOSSES.add(
    "relativistic",
    AdversarialLoss(
        discriminator=relativistic_pair_discriminator,
        generator=relativistic_pair_generator,
        generator_needs_real=True,
        outputs="logits",
        undecided=(log(2), log(2)),  # any output, the same for all, here and in the two below
    ),
)
LOSSES.add(
    "relativistic_average_least_squares",
    AdversarialLoss(
        discriminator=relativistic_squares_discriminator,
        generator=relativistic_squares_generator,
        generator_needs_real=True,
        outputs="scores",
        undecided=(2.0, 2.0),
    ),
)
LOSSES.add(
    "relativistic_average_hinge",
    AdversarialLoss(
        discriminator=relativistic_hinge_discriminator,
        generator=relativistic_hinge_generator,
        generator_needs_real=True,
        outputs="scores",
        undecided=(2.0, 2.0),
    ),
)


def adversarial_loss(name: str) -> AdversarialLoss:
    """Return the loss of a name. Raises `SpecError` with the nearest name for an unknown one."""
    return LOSSES.find(name)
