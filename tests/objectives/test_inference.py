"""Games with an encoder against their definitions, on NumPy."""

import msgspec
import numpy as np
import pytest

from fixed_network import Fixed
from gan_core.errors import SpecError
from gan_core.objectives import (
    AdversarialAutoencoder,
    BidirectionalDiscriminator,
    BidirectionalGenerators,
    CodeDiscriminator,
)
from gan_core.objectives.context import UpdateContext
from gan_core.presets import preset
from gan_core.presets.loading import load_experiment
from gan_core.testing.numpy_ops import NumpyOps

OPS = NumpyOps()
RANDOM = np.random.default_rng(6)


def context(name: str, draws: dict, shared: dict | None = None, **functions) -> UpdateContext:
    networks = {key: Fixed(plan, functions.get(key)) for key, plan in preset(name).plans.items()}
    return UpdateContext(ops=OPS, networks=networks, draws=draws, optimizers={}, mask_key=None, shared=shared or {})


def softplus(x):
    return np.log1p(np.exp(x))


# --- BiGAN


def bidirectional(shared: dict | None = None) -> UpdateContext:
    """G(z) repeats z's first number, E(x) repeats x's first pixel, D(x, c) = mean x + 2 · mean c."""
    draws = {"real": RANDOM.random((4, 1, 28, 28)), "generator.z": RANDOM.uniform(-1, 1, (4, 50))}
    return context(
        "mnist-bigan",
        draws,
        shared,
        generator=lambda z: np.broadcast_to(z[:, :1, None, None], (len(z), 1, 28, 28)),
        encoder=lambda x: np.broadcast_to(x.reshape(len(x), -1)[:, :1], (len(x), 50)),
        discriminator=lambda x, c: (x.reshape(len(x), -1).mean(1) + 2 * c.mean(1))[:, None],
    )


def judged(given: UpdateContext) -> tuple[np.ndarray, np.ndarray]:
    """D(x, E(x)) and D(G(z), z), each [N]."""
    x, z = given.draws["real"].reshape(4, -1), given.draws["generator.z"]
    return x.mean(1) + 2 * x[:, 0], z[:, 0] + 2 * z.mean(1)


def test_the_discriminator_tells_samples_with_their_codes_from_latents_with_what_they_make():
    given = bidirectional()
    real, fake = judged(given)

    outcome = BidirectionalDiscriminator().evaluate(given)

    assert outcome.loss == pytest.approx(softplus(-real).mean() + softplus(fake).mean(), rel=1e-14)
    assert outcome.scalars["real_probability"] == pytest.approx((1 / (1 + np.exp(-real))).mean(), rel=1e-14)


def test_generator_and_encoder_want_the_two_kinds_exchanged():
    given = bidirectional()
    real, fake = judged(given)

    outcome = BidirectionalGenerators().evaluate(given)

    assert outcome.loss == pytest.approx(softplus(real).mean() + softplus(-fake).mean(), rel=1e-14)


def test_a_discriminator_that_shares_samples_judges_the_generators_pairs():
    """What it needs is there after the generators' phase, and it draws nothing."""
    first = bidirectional()
    BidirectionalGenerators().evaluate(first)
    sharing = BidirectionalDiscriminator(shares_samples=True)
    second = context("mnist-bigan", {}, first.shared, discriminator=first.networks["discriminator"].function)

    assert sharing.evaluate(second).loss == BidirectionalDiscriminator().evaluate(first).loss
    assert sharing.draws(preset("mnist-bigan").plans) == {}
    assert BidirectionalGenerators().leaves() == sharing.takes()


def test_a_discriminator_cannot_share_before_the_generators_have_moved():
    made = preset("mnist-bigan")
    with pytest.raises(SpecError, match="phase 'discriminator': takes real samples of the step, but no phase before"):
        msgspec.structs.replace(made, phases=made.phases[::-1])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("networks.generator.inputs.z.shape=[49]", r"makes codes of shape \[50\].*'generator' reads, \[49\]"),
        ("networks.discriminator.inputs.code.shape=[49]", r"two inputs, a sample \[1, 28, 28\] and its code \[50\]"),
        ("phases.generators.objective.encoder=encodr", "unknown network 'encodr'; did you mean 'encoder'"),
    ],
)
def test_pairs_that_do_not_fit_are_refused(change: str, words: str):
    with pytest.raises(SpecError, match=words):
        load_experiment("mnist-bigan", [change])


# --- adversarial autoencoder


def autoencoded(**fields) -> tuple[AdversarialAutoencoder, UpdateContext]:
    """Encoder: means .5 and log variances ln 4, so deviations 2; decoder: repeats the code's first number."""
    statistics = np.concatenate([np.full((3, 10), 0.5), np.full((3, 10), np.log(4))], 1)
    gaussian = fields.get("posterior") == "gaussian"
    draws = {"real": RANDOM.uniform(-1, 1, (3, 1, 32, 32)), "noise": RANDOM.standard_normal((3, 10))}
    given = context(
        "aae",
        draws,
        encoder=lambda _: statistics if gaussian else statistics[:, :10],
        decoder=lambda z: np.broadcast_to(z[:, :1, None, None], (3, 1, 32, 32)),
        discriminator=lambda z: z.sum(1)[:, None],
    )
    return AdversarialAutoencoder(**fields), given


@pytest.mark.parametrize("error", ["absolute", "squared"])
@pytest.mark.parametrize("posterior", ["deterministic", "gaussian"])
def test_an_autoencoder_reconstructs_and_fools(error: str, posterior: str):
    objective, given = autoencoded(error=error, posterior=posterior, reconstruction_weight=0.9, adversarial_weight=0.2)
    code = 0.5 + (2 * given.draws["noise"] if posterior == "gaussian" else np.zeros((3, 10)))
    difference = given.draws["real"] - code[:, :1, None, None]
    missed = np.abs(difference).mean() if error == "absolute" else (difference**2).mean()

    outcome = objective.evaluate(given)

    assert outcome.loss == pytest.approx(0.9 * missed + 0.2 * softplus(-code.sum(1)).mean(), rel=1e-13)
    np.testing.assert_allclose(given.shared["codes of real samples"], code, rtol=1e-14)


def test_latents_are_the_real_codes():
    prior, codes = RANDOM.standard_normal((3, 10)), RANDOM.standard_normal((3, 10))
    given = context(
        "aae", {"prior": prior}, {"codes of real samples": codes}, discriminator=lambda z: z.sum(1)[:, None]
    )

    outcome = CodeDiscriminator(weight=0.5).evaluate(given)

    expected = 0.5 * (softplus(-prior.sum(1)).mean() + softplus(codes.sum(1)).mean())
    assert outcome.loss == pytest.approx(expected, rel=1e-14)
    assert CodeDiscriminator(weight=0.5).undecided_loss() == pytest.approx(np.log(2))


def test_codes_of_another_size_are_refused():
    with pytest.raises(SpecError, match=r"'encoder' makes \[20\]; expected \[10\]: the posterior is deterministic"):
        load_experiment("aae", ["phases.autoencoder.objective.posterior=deterministic"])


@pytest.mark.parametrize("phase", ["autoencoder", "discriminator"])
def test_a_loss_that_compares_both_kinds_is_refused_where_codes_alone_are_judged(phase: str):
    with pytest.raises(SpecError, match="loss 'softmax': its generator's side compares real and generated samples"):
        load_experiment("aae", [f"phases.{phase}.objective.loss=softmax"])
