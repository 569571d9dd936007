"""Losses, errors and penalties of the two ways of translation, on NumPy."""

import numpy as np
import pytest

from fixed_network import Fixed
from gan_core.errors import SpecError
from gan_core.objectives import CycleDiscriminators, CycleGenerators
from gan_core.objectives.context import UpdateContext
from gan_core.objectives.cycle import SHARED
from gan_core.objectives.penalties import GradientPenalty
from gan_core.presets import preset
from gan_core.presets.loading import load_experiment
from gan_core.testing.numpy_ops import NumpyOps

RANDOM = np.random.default_rng(8)
SIZE = (2, 3, 64, 64)


def game() -> UpdateContext:
    """There: 2x; back: x + 1; judges: the mean of a picture, and minus it."""
    functions = {
        "a_to_b": lambda x: 2 * x,
        "b_to_a": lambda x: x + 1,
        "judge_a": lambda x: x.reshape(len(x), -1).mean(1)[:, None],
        "judge_b": lambda x: -x.reshape(len(x), -1).mean(1)[:, None],
    }
    networks = {name: Fixed(plan, functions[name]) for name, plan in preset("dualgan").plans.items()}
    draws = {"a": RANDOM.uniform(-1, 1, SIZE), "b": RANDOM.uniform(-1, 1, SIZE)}
    return UpdateContext(ops=NumpyOps(), networks=networks, draws=draws, optimizers={}, mask_key=None)


def means(x: np.ndarray) -> np.ndarray:
    return x.reshape(len(x), -1).mean(1)


def test_generators_of_discogan():
    """Cross-entropy, and mean squares: F(G(a)) − a = a + 1, and G(F(b)) − b = b + 2."""
    given = game()
    a, b = given.draws["a"], given.draws["b"]
    objective = CycleGenerators(loss="non_saturating", cycle_error="squared", cycle_weight=3.0, identity_weight=0.0)

    loss = objective.evaluate(given).loss

    fooled = np.log1p(np.exp(means(2 * a))).mean() + np.log1p(np.exp(-means(b + 1))).mean()
    assert loss == pytest.approx(fooled + 3 * (((a + 1) ** 2).mean() + ((b + 2) ** 2).mean()), rel=1e-13)


def test_generators_of_dualgan():
    """−D(G(a)) − D(F(b)), and mean absolute errors."""
    given = game()
    a, b = given.draws["a"], given.draws["b"]

    loss = CycleGenerators(loss="wasserstein", cycle_weight=100.0, identity_weight=0.0).evaluate(given).loss

    fooled = means(2 * a).mean() - means(b + 1).mean()
    assert loss == pytest.approx(fooled + 100 * (np.abs(a + 1).mean() + np.abs(b + 2).mean()), rel=1e-13)


def test_critics_may_translate_batches_of_their_own():
    """The same loss on the same batch, whether the translations were left by the generators or are made for it."""
    given = game()
    a, b = given.draws["a"], given.draws["b"]
    own = CycleDiscriminators(loss="wasserstein", pool_size=0, shares_samples=False)
    shared = CycleDiscriminators(loss="wasserstein", pool_size=0)
    expected = means(b + 1).mean() - means(a).mean() - means(2 * a).mean() + means(b).mean()

    assert own.evaluate(given).loss == pytest.approx(expected, rel=1e-12)
    given.shared = dict(zip(SHARED, (a, b, b + 1, 2 * a), strict=True))
    assert shared.evaluate(given).loss == pytest.approx(expected, rel=1e-12)
    assert (own.takes(), shared.takes()) == ((), SHARED)


def test_each_critic_has_draws_of_its_own_for_its_penalty():
    draws = CycleDiscriminators(pool_size=0, penalties=(GradientPenalty(),)).draws(preset("dualgan").plans)

    assert set(draws) == {"a.gradient_penalty.mix", "b.gradient_penalty.mix"}


def test_cyclegan_s_own_loss_stays_out_of_files():
    """An experiment written before there were other losses reads and writes as it did."""
    plain = CycleGenerators(), CycleDiscriminators()

    assert (plain[0].loss, plain[1].loss) == ("mean_squares", "mean_squares")
    for objective in plain:
        assert "loss" in objective.left_out_if_default


def test_a_loss_that_compares_both_kinds_is_refused():
    with pytest.raises(SpecError, match="loss 'relativistic': its generator's side compares real and generated"):
        load_experiment("cyclegan", ["phases.generators.objective.loss=relativistic"])
