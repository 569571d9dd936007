"""How a discriminator judges samples, as numbers to log: D(x) and D(G(z)), or the mean scores of a critic.

Goodfellow et al. 2014 (arXiv:1406.2661): D is the probability that a sample is real. Both means start near 1/2, part
while the discriminator wins, and meet at 1/2 where it can no longer tell the samples apart (theorem 1).
"""

from gan_core.operations.ops import Array, Ops

PROBABILITIES = ("real_probability", "fake_probability")
SCORES = ("real_score", "fake_score")


def probability(ops: Ops, logits: Array, *, of_real: bool = True) -> Array:
    """Return the mean of D over samples, a scalar in 0 … 1, as a constant.

    logits: the discriminator's outputs for the samples, before the sigmoid, [N, 1]. of_real: whether the sigmoid of a
    logit is the probability that the sample is real, as usual, or that it is generated.
    """
    return ops.detached(lambda: ops.mean(ops.sigmoid(logits if of_real else -logits)))


def score(ops: Ops, outputs: Array) -> Array:
    """Return the mean of a discriminator's outputs over samples, a scalar, as a constant."""
    return ops.detached(lambda: ops.mean(outputs))


def is_probability(name: str) -> bool:
    """Whether the scalar of a name, such as ``discriminator/real_probability``, is a mean of D, in 0 … 1."""
    return name.rpartition("/")[2] in PROBABILITIES


def is_judgement(name: str) -> bool:
    """Whether the scalar of a name is a mean of D, or a mean score."""
    return name.rpartition("/")[2] in PROBABILITIES + SCORES
