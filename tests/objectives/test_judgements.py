"""What is logged of a discriminator's judgements: D(x) and D(G(z)) against their definition, on NumPy."""

import numpy as np
import pytest

from fixed_network import Fixed
from gan_core.objectives import (
    AdversarialDiscriminator,
    AdversarialGenerator,
    LabelledDiscriminator,
    LabelledGenerator,
    SeveralDiscriminator,
    SeveralGenerators,
)
from gan_core.objectives.context import UpdateContext
from gan_core.objectives.judgements import is_judgement, is_probability, probability
from gan_core.presets import preset
from gan_core.presets.loading import load_experiment
from gan_core.testing.numpy_ops import NumpyOps

OPS = NumpyOps()
REAL_LOGITS, FAKE_LOGITS = np.array([[2.0], [-1.0]]), np.array([[0.5], [-3.0]])


def sigmoid(logits) -> float:
    return float(np.mean(1 / (1 + np.exp(-logits))))


def judged(objective) -> dict:
    """The scalars of an objective of two samples a batch, whose logits are REAL_LOGITS and FAKE_LOGITS."""
    real, fake = np.ones((2, 1, 8, 8)), np.zeros((2, 1, 8, 8))
    tables = {4: np.concatenate([REAL_LOGITS, FAKE_LOGITS]), 2: FAKE_LOGITS}
    functions = {"generator": lambda _: fake, "discriminator": lambda x: tables[len(x)]}
    networks = {name: Fixed(plan, functions[name]) for name, plan in preset("digits-mlp").plans.items()}
    draws = {"real": real, "generator.z": np.zeros((2, 32))}
    made = UpdateContext(ops=OPS, networks=networks, draws=draws, optimizers={}, mask_key=None)
    return dict(objective.evaluate(made).scalars)


@pytest.mark.parametrize("loss", ["minimax", "non_saturating"])
def test_losses_of_a_probability_log_the_mean_of_d(loss):
    discriminator = judged(AdversarialDiscriminator(loss=loss))

    assert discriminator["real_probability"] == pytest.approx(sigmoid(REAL_LOGITS))
    assert discriminator["fake_probability"] == pytest.approx(sigmoid(FAKE_LOGITS))
    assert judged(AdversarialGenerator(loss=loss))["fake_probability"] == pytest.approx(sigmoid(FAKE_LOGITS))


@pytest.mark.parametrize("loss", ["wasserstein", "hinge", "least_squares"])
def test_losses_of_a_score_log_its_mean(loss):
    discriminator = judged(AdversarialDiscriminator(loss=loss))

    assert list(discriminator) == ["loss", "real_score", "fake_score"]
    assert (discriminator["real_score"], discriminator["fake_score"]) == (0.5, -1.25)
    assert judged(AdversarialGenerator(loss=loss))["fake_score"] == -1.25


def test_a_loss_of_differences_logs_no_judgement():
    assert list(judged(AdversarialDiscriminator(loss="relativistic_average"))) == ["loss"]


def test_d_is_the_probability_to_be_real_whichever_label_says_so():
    """With the label 1 for generated samples, the sigmoid of a logit is the probability of those."""
    usual, exchanged = LabelledDiscriminator(), LabelledDiscriminator(real_label=0.0, fake_label=1.0)

    assert judged(usual)["real_probability"] == pytest.approx(sigmoid(REAL_LOGITS))
    assert judged(exchanged)["real_probability"] == pytest.approx(sigmoid(-REAL_LOGITS))
    assert judged(exchanged)["fake_probability"] == pytest.approx(sigmoid(-FAKE_LOGITS))
    assert judged(LabelledGenerator(label=0.0))["fake_probability"] == pytest.approx(sigmoid(-FAKE_LOGITS))


def test_a_discriminator_of_several_generators_has_a_share_for_real_samples():
    """D is the last class of the softmax; logits of (0, 0, ln 2) give it one half, equal ones a third."""
    names = ("generator_1", "generator_2")
    plans = load_experiment("multi-generator", ["generators=2"]).plans
    functions = {name: lambda z: np.zeros((len(z), 2)) for name in names}
    rows = {0.0: [[0.0, 0.0, 0.0]], 2.0: [[0.0, 0.0, np.log(2)]]}
    functions["discriminator"] = lambda x: np.repeat(rows[float(x[0, 0])], len(x), axis=0)
    draws = {"real": np.full((4, 2), 2.0), **{f"{name}.z": np.zeros((4, 2)) for name in names}}
    networks = {key: Fixed(plan, functions[key]) for key, plan in plans.items()}
    made = UpdateContext(ops=OPS, networks=networks, draws=draws, optimizers={}, mask_key=None)

    scalars = SeveralDiscriminator(generators=names).evaluate(made).scalars

    assert scalars["real_probability"] == pytest.approx(1 / 2)
    assert scalars["fake_probability"] == pytest.approx(1 / 3)
    assert SeveralGenerators(generators=names).evaluate(made).scalars["fake_probability"] == pytest.approx(1 / 3)


def test_judgements_are_constants_to_the_gradient():
    """A complex step of the logits leaves no trace: nothing is differentiated through what is only logged."""
    logged = probability(OPS, REAL_LOGITS + 1e-30j)

    assert not np.iscomplexobj(logged)


def test_names_say_what_a_scalar_is():
    assert is_probability("discriminator/real_probability")
    assert is_judgement("critic/fake_score")
    assert not is_probability("critic/fake_score")
    assert not is_judgement("discriminator/loss")


@pytest.mark.parametrize("of", ["real", "fake"])
def test_a_discriminator_that_moves_by_one_kind_has_no_fixed_undecided_loss(of):
    assert AdversarialDiscriminator().undecided_loss() is not None
    assert AdversarialDiscriminator(of=of).undecided_loss() is None
