"""Objectives against their definitions, on NumPy: three frameworks can agree on the same mistake."""

from collections.abc import Callable

import numpy as np
import pytest

from fixed_network import Fixed
from gan_core.errors import SpecError
from gan_core.experiments.files import with_changes
from gan_core.objectives import (
    AdversarialDiscriminator,
    AdversarialGenerator,
    BoundaryEquilibriumDiscriminator,
    EnergyDiscriminator,
    EnergyGenerator,
    LabelledDiscriminator,
    LabelledGenerator,
    SeveralDiscriminator,
    SeveralGenerators,
)
from gan_core.objectives.autoencoders import pulling_away
from gan_core.objectives.context import UpdateContext
from gan_core.objectives.draws import DrawSource, Label, LabelsTaken
from gan_core.objectives.pool import PoolDecisions, through_pool
from gan_core.presets import preset
from gan_core.presets.loading import load_experiment, read_changes
from gan_core.randomness import stream
from gan_core.testing.numpy_ops import NumpyOps

OPS = NumpyOps()


def context(name: str, functions: dict, draws: dict, variables: dict | None = None) -> UpdateContext:
    """A context of a preset whose networks are given functions."""
    plans = preset(name).plans
    networks = {key: Fixed(plan, functions.get(key)) for key, plan in plans.items()}
    return UpdateContext(
        ops=OPS, networks=networks, draws=draws, optimizers={}, mask_key=None, variables=variables or {}
    )


def entropy(logits, labels) -> np.ndarray:
    """−t log σ(l) − (1 − t) log(1 − σ(l)), term by term."""
    share = 1 / (1 + np.exp(-logits))
    return -labels * np.log(share) - (1 - labels) * np.log(1 - share)


# labels


def test_noisy_labels_lie_where_the_frog_gan_has_them():
    """Real ones in [0, .05], generated ones in [1, 1.05], each sample's own."""
    objective = LabelledDiscriminator(real_label=0.0, fake_label=1.0, noise=0.05)
    random = np.random.default_rng(0)
    draws = {"real_noise": random.random(20), "fake_noise": random.random(20)}
    made = context("frog-dcgan", {}, draws)

    real = objective.targets(made, "real", 0.0, 1.0, np.zeros((20, 1)))
    fake = objective.targets(made, "fake", 1.0, 0.0, np.zeros((20, 1)))

    assert ((real >= 0) & (real <= 0.05)).all()
    assert ((fake >= 1) & (fake <= 1.05)).all()
    assert len(np.unique(real)) == len(np.unique(fake)) == 20


def test_the_frog_preset_has_these_labels():
    discriminator, generator = (phase.objective for phase in preset("frog-dcgan").phases)

    assert discriminator == LabelledDiscriminator(real_label=0.0, fake_label=1.0, noise=0.05, joined=True)
    assert generator == LabelledGenerator(label=0.0)


def test_flipped_labels_change_places():
    objective = LabelledDiscriminator(real_label=0.9, fake_label=0.1, flip=0.5)
    flips = np.array([0.0, 1.0, 1.0, 0.0])
    made = context("frog-dcgan", {}, {"real_flips": flips})

    labels = objective.targets(made, "real", 0.9, 0.1, np.zeros((4, 1)))

    np.testing.assert_allclose(labels[:, 0], [0.9, 0.1, 0.1, 0.9])


def source_of(batch_size: int, updates: int, open_stream: Callable[[], np.random.Generator]) -> DrawSource:
    """Return what a draw draws from that reads no data."""
    return DrawSource(batch_size=batch_size, updates=updates, batches={}, batch_number=0, open_stream=open_stream)


def test_the_share_of_flips_is_the_one_asked_for():
    draw = LabelledDiscriminator(flip=0.2).draws(preset("frog-dcgan").plans)["real_flips"]

    flips = draw.drawn(source_of(20_000, 0, lambda: np.random.default_rng(1)))

    assert set(np.unique(flips)) == {0.0, 1.0}
    assert flips.mean() == pytest.approx(0.2, abs=0.01)


@pytest.mark.parametrize("joined", [True, False])
def test_labelled_cross_entropy_is_the_textbook_sum(joined):
    """Joined: one mean over both halves; apart: the sum of two means."""
    random = np.random.default_rng(2)
    logits, noise = random.normal(size=(8, 1)), random.random(4)
    objective = LabelledDiscriminator(real_label=0.9, fake_label=0.0, noise=0.1, joined=joined)
    samples = np.zeros((4, 3, 32, 32))
    made = context(
        "frog-dcgan",
        {"generator": lambda _: samples, "discriminator": lambda _: logits},
        {"real": samples, "generator.z": np.zeros((4, 32)), "real_noise": noise, "fake_noise": noise},
    )
    real = entropy(logits[:4, 0], 0.9 + 0.1 * noise)
    fake = entropy(logits[4:, 0], 0.1 * noise)

    expected = np.concatenate([real, fake]).mean() if joined else real.mean() + fake.mean()
    assert objective.evaluate(made).loss == pytest.approx(expected, rel=1e-12)


# packs


def test_a_pack_of_one_is_the_plain_gan():
    """The loss on the same draws, to the last bit."""
    random = np.random.default_rng(3)
    weights = random.normal(size=784)
    functions = {
        "generator": lambda z: np.tanh(z @ np.ones((100, 784))).reshape(-1, 1, 28, 28),
        "discriminator": lambda x: (x.reshape(len(x), -1) @ weights)[:, None],
    }
    draws = {"real": random.normal(size=(6, 1, 28, 28)), "generator.z": random.normal(size=(6, 100))}

    plain = AdversarialDiscriminator().evaluate(context("mnist-mlp", functions, draws)).loss
    packed = AdversarialDiscriminator(pack=1).evaluate(context("mnist-mlp", functions, draws)).loss
    preset_of_one = load_experiment("mnist-pacgan", ["pack=1"])

    assert packed == plain
    assert preset_of_one.phases == preset("minibatch-discrimination").phases


def test_a_pack_of_two_judges_two_samples_at_once():
    seen = []
    functions = {
        "generator": lambda _: np.zeros((6, 1, 28, 28)),
        "discriminator": lambda x: (seen.append(x.shape), np.zeros((len(x), 1)))[1],
    }
    draws = {"real": np.zeros((6, 1, 28, 28)), "generator.z": np.zeros((6, 100))}

    AdversarialDiscriminator(pack=2).evaluate(context("mnist-pacgan", functions, draws))

    assert seen == [(6, 2, 28, 28)]


# autoencoders


def began(real_error: float, fake_error: float, k: float, **settings):
    """BEGAN's discriminator where reconstructions are off by so much."""
    real, fake = np.ones((2, 1, 32, 32)), np.full((2, 1, 32, 32), 5.0)
    functions = {
        "generator": lambda _: fake,
        "encoder": lambda x: x[:, :1, 0, 0],
        "decoder": lambda c: (
            np.ones((2, 1, 32, 32)) * np.where(c == 1, 1 + real_error, 5 - fake_error)[..., None, None]
        ),
    }
    made = context("began", functions, {"real": real, "generator.z": np.zeros((2, 64))}, {"k": np.array(k)})
    return BoundaryEquilibriumDiscriminator(**settings).evaluate(made)


def test_began_balances_its_losses():
    """With k + λ (γ L(x) − L(G(z))) = .3 + .1 (.5 · .4 − .1), loss .4 − .3 · .1, M = .4 + |.2 − .1|."""
    outcome = began(0.4, 0.1, k=0.3, diversity=0.5, gain=0.1)

    assert outcome.loss == pytest.approx(0.4 - 0.3 * 0.1)
    assert outcome.variables["k"] == pytest.approx(0.3 + 0.1 * (0.5 * 0.4 - 0.1))
    assert outcome.scalars["convergence"] == pytest.approx(0.5)


@pytest.mark.parametrize(("errors", "expected"), [((0.9, 0.0), 1.0), ((0.0, 0.9), 0.0)])
def test_began_keeps_k_between_0_and_1(errors, expected):
    assert began(*errors, k=0.5, gain=100.0).variables["k"] == expected


def test_ebgan_pays_no_more_once_the_margin_is_reached():
    """E(x) + max(0, m − E(G(z))) with energies .25 and 4: .25 with margin 1, .25 + 1 with margin 5."""
    functions = {
        "generator": lambda _: np.full((2, 1, 28, 28), 5.0),
        "encoder": lambda x: x[:, 0, 0, :1],
        "decoder": lambda c: np.ones((2, 1, 28, 28)) * np.where(c == 1, 1.5, 7.0)[..., None, None],
    }
    draws = {"real": np.ones((2, 1, 28, 28)), "generator.z": np.zeros((2, 100))}

    near = EnergyDiscriminator(margin=1.0).evaluate(context("ebgan", functions, draws))
    far = EnergyDiscriminator(margin=5.0).evaluate(context("ebgan", functions, draws))

    assert near.loss == pytest.approx(0.25)
    assert far.loss == pytest.approx(1.25)


@pytest.mark.parametrize(("hinge", "expected"), [("each", 0.25 + 0.5), ("mean", 0.25)])
def test_ebgans_margin_is_each_samples_or_the_batchs(hinge, expected):
    """Energies 0 and 4 of generated samples, margin 1: a mean of max(0, 1) and max(0, −3), or max(0, 1 − 2)."""
    functions = {
        "generator": lambda _: np.stack([np.full((1, 28, 28), 5.0), np.full((1, 28, 28), 9.0)]),
        "encoder": lambda x: x[:, 0, 0, :1],
        "decoder": lambda c: (
            np.ones((2, 1, 28, 28)) * np.where(c == 1, 1.5, np.where(c == 5, 5.0, 7.0))[..., None, None]
        ),
    }
    draws = {"real": np.ones((2, 1, 28, 28)), "generator.z": np.zeros((2, 100))}

    loss = EnergyDiscriminator(margin=1.0, hinge=hinge).evaluate(context("ebgan", functions, draws)).loss

    assert loss == pytest.approx(expected)


def test_pulling_away_is_the_mean_squared_cosine_of_pairs():
    codes = np.random.default_rng(4).normal(size=(5, 3))
    pairs = [(i, j) for i in range(5) for j in range(5) if i != j]
    slow = [(codes[i] @ codes[j] / np.linalg.norm(codes[i]) / np.linalg.norm(codes[j])) ** 2 for i, j in pairs]

    assert pulling_away(OPS, codes) == pytest.approx(np.mean(slow), rel=1e-9)


def test_pulling_away_needs_two_samples():
    with pytest.raises(SpecError, match="above 1"):
        EnergyGenerator(pulling_away=0.1).check_batch(1)


# several generators


def log_softmax(logits):
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def test_a_discriminator_of_several_tells_them_apart():
    """Cross-entropy of real samples against the last class, of generator i's against class i."""
    random = np.random.default_rng(5)
    table = {float(key): random.normal(size=(1, 3)) for key in range(3)}
    names = ("generator_1", "generator_2")
    functions = {name: lambda z, i=index: np.full((len(z), 2), float(i)) for index, name in enumerate(names)}
    functions["discriminator"] = lambda x: np.repeat(table[float(x[0, 0])], len(x), axis=0)
    plans = load_experiment("multi-generator", ["generators=2"]).plans
    made = UpdateContext(
        ops=OPS,
        networks={key: Fixed(plan, functions[key]) for key, plan in plans.items()},
        draws={"real": np.full((4, 2), 2.0), **{f"{name}.z": np.zeros((4, 2)) for name in names}},
        optimizers={},
        mask_key=None,
    )

    judged = SeveralDiscriminator(generators=names).evaluate(made).loss
    wanted = SeveralGenerators(generators=names).evaluate(made).loss

    log_share = {key: log_softmax(value)[0] for key, value in table.items()}
    assert judged == pytest.approx(-log_share[2.0][2] - (log_share[0.0][0] + log_share[1.0][1]) / 2)
    assert wanted == pytest.approx(-log_share[0.0][2] - log_share[1.0][2])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (["generators=1"], "two or more different networks"),
        (["training.batch_size=130"], "4 generators cannot share a batch of 130"),
        (["networks.discriminator.layers.6.units=4"], "ends in 4 units; expected 5"),
    ],
)
def test_several_generators_that_do_not_fit_are_refused(changes, message):
    with pytest.raises(SpecError, match=message):
        load_experiment("multi-generator", changes)


# pool


def shown(size: int, count: int, batch: int) -> tuple[np.ndarray, np.ndarray]:
    """What a pool shows of samples numbered 1, 2, 3 …, one batch after the other, and its content at the end."""
    draw, pool, out = PoolDecisions(size=size), np.zeros((size, 1)), []
    for update in range(count // batch):
        samples = np.arange(update * batch, (update + 1) * batch, dtype=float)[:, None] + 1
        source = source_of(batch, update, lambda update=update: stream(0, "pool", update))
        decisions = draw.drawn(source)
        given, pool = through_pool(OPS, pool, samples, decisions)
        out.append(given[:, 0])
    return np.concatenate(out), pool[:, 0]


@pytest.mark.parametrize("batch", [1, 4])
def test_a_pool_shows_everything_until_it_is_full(batch):
    given, _ = shown(48, 48, batch)

    np.testing.assert_array_equal(given, np.arange(48) + 1)


@pytest.mark.parametrize("batch", [1, 4])
def test_a_full_pool_shows_old_samples_half_the_time(batch):
    given, kept = shown(50, 8000, batch)
    numbers = np.arange(8000) + 1
    late = slice(52, None)

    assert np.mean(given[late] < numbers[late]) == pytest.approx(0.5, abs=0.02)
    assert (given <= numbers).all()
    assert len(np.unique(given[50:])) == len(given) - 50  # what is shown again has left the pool
    assert len(np.unique(kept)) == 50


# what phases share


def test_samples_that_nobody_left_cannot_be_taken():
    with pytest.raises(SpecError, match="shares generator's samples of the step, but no other phase does"):
        with_changes(preset("anime-dcgan-96"), {"phases.discriminator.objective.shares_samples": False})


@pytest.mark.parametrize("change", ["phases.discriminator.repeats=2", "phases.generator.every_steps=5"])
def test_shared_samples_need_phases_that_run_together(change):
    with pytest.raises(SpecError, match="both must run once in the same steps"):
        with_changes(preset("anime-dcgan-96"), read_changes([change]))


def test_data_of_one_domain_cannot_feed_a_translation():
    from gan_core.data.dataset import Dataset
    from gan_core.errors import DataError
    from gan_core.experiments.data_fit import check_data

    with pytest.raises(DataError, match="reads two domains, but 'faces' is one"):
        check_data(preset("cyclegan"), Dataset(name="faces", samples=np.zeros((4, 3, 64, 64), np.uint8)))


# the classes of generated samples


def test_the_discriminator_s_samples_have_the_real_batch_s_classes_or_drawn_ones():
    plans = preset("mnist-cond-wgan-gp").plans
    usual, random = (AdversarialDiscriminator(fake_classes=word).draws(plans) for word in ("real", "random"))

    assert set(usual) == {"real", "real_label", "generator.z"}
    assert random == usual | {"generator.label": Label(classes=10)}


@pytest.mark.parametrize(("word", "made_of"), [("real", [1, 2, 3]), ("random", [7, 8, 9])])
def test_each_sample_is_judged_by_the_class_it_was_made_of(word, made_of):
    """G returns its label and D the label it is told; the penalty is told those of the real batch."""
    told = []
    draws = {
        "real": np.zeros((3, 1, 32, 32)),
        "real_label": np.array([1, 2, 3]),
        "generator.z": np.zeros((3, 100)),
        "generator.label": np.array([7, 8, 9]),
    }
    functions = {
        "generator": lambda _, label: np.broadcast_to(label[:, None, None, None], (3, 1, 32, 32)) * 1.0,
        "discriminator": lambda sample, label: told.append((sample[:, 0, 0, 0], label)) or label[:, None] * 1.0,
    }
    objective = AdversarialDiscriminator(loss="wasserstein", fake_classes=word)

    outcome = objective.evaluate(context("mnist-cond-wgan-gp", functions, draws))

    samples, labels = (np.concatenate(parts) for parts in zip(*told, strict=True))
    assert labels.tolist() == [1, 2, 3, *made_of]
    assert samples.tolist() == [0, 0, 0, *made_of]
    assert float(outcome.loss) == pytest.approx(np.mean(made_of) - 2)


def test_a_generator_can_take_the_classes_of_the_last_batch():
    plans = preset("mnist-cond-wgan-gp").plans
    draws = AdversarialGenerator(fake_classes="real").draws(plans)

    assert draws["taken_label"] == LabelsTaken()
    assert not any(draw.takes_a_batch for draw in draws.values())


@pytest.mark.parametrize(("phase", "word"), [("discriminator", "random"), ("generator", "real")])
def test_classes_of_networks_without_labels_are_refused(phase, word):
    with pytest.raises(SpecError, match=f"phase '{phase}': fake_classes: the generator 'generator' reads no labels"):
        load_experiment("digits-mlp", [f"phases.{phase}.objective.fake_classes={word}"])
