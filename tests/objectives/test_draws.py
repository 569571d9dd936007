"""Draws: each has the shape that it says, and its numbers come from its random stream or its batch alone."""

from dataclasses import dataclass

import msgspec
import numpy as np
import pytest

from gan_core.data.dataset import Batches, Dataset
from gan_core.errors import DataError
from gan_core.experiments.cost import all_multiply_adds, draws_fed
from gan_core.objectives import AdversarialGenerator, Objective
from gan_core.objectives.context import Outcome
from gan_core.objectives.draws import (
    Draw,
    DrawSource,
    Label,
    LabelsTaken,
    Latent,
    Made,
    RealLabels,
    RealSamples,
    SecondDomain,
    generator_draws,
    latent_draws,
)
from gan_core.objectives.number_draws import UniformNumbers, UniformValues
from gan_core.presets import preset
from gan_core.specs.networks import Input
from gan_core.training.alternation import Alternation

FIRST = Dataset(
    name="a",
    samples=np.arange(20 * 3 * 2 * 2, dtype=np.uint8).reshape(20, 3, 2, 2),
    labels=np.arange(20) % 4,
    classes=4,
)
SECOND = Dataset(name="b", samples=np.arange(12.0 * 5).reshape(12, 5))
SHAPES = {"first": (3, 2, 2), "second": (5,)}


def batches(dataset: Dataset, purpose: str = "batch order") -> Batches:
    return Batches(dataset, 4, 0, "shuffled", "float64", purpose)


def source(number: int = 0, seed: int = 0, updates: int = 0) -> DrawSource:
    return DrawSource(
        batch_size=4,
        updates=updates,
        batches={"first": batches(FIRST), "second": batches(SECOND, "other batch order")},
        batch_number=number,
        open_stream=lambda: np.random.default_rng(seed),
    )


def ramp(generator: np.random.Generator, count: int, updates: int) -> np.ndarray:
    return generator.random((count, 2, 6)) + updates


DRAWS: dict[str, Draw] = {
    "real samples": RealSamples(),
    "real labels": RealLabels(),
    "second domain": SecondDomain(),
    "normal latent": Latent(input=Input(kind="latent", shape=(7,))),
    "uniform latent": Latent(input=Input(kind="latent", shape=(7, 1), distribution="uniform")),
    "one-hot latent": Latent(input=Input(kind="latent", shape=(7,), distribution="one_hot")),
    "label": Label(classes=4),
    "numbers": UniformNumbers(),
    "values": UniformValues(),
    "made": Made(make=ramp),
}
OF_THE_DATA = {"real samples", "real labels", "second domain"}


@pytest.mark.parametrize("name", DRAWS)
def test_a_draw_has_the_shape_that_it_says(name: str) -> None:
    assert DRAWS[name].drawn(source()).shape == DRAWS[name].shape(4, SHAPES)


@pytest.mark.parametrize("name", DRAWS)
def test_a_draw_depends_on_its_source_alone(name: str) -> None:
    np.testing.assert_array_equal(DRAWS[name].drawn(source()), DRAWS[name].drawn(source()))


@pytest.mark.parametrize("name", DRAWS)
def test_draws_of_the_data_follow_the_batch_and_the_others_their_stream(name: str) -> None:
    draw, of_data = DRAWS[name], name in OF_THE_DATA
    assert draw.takes_a_batch == of_data
    assert np.array_equal(draw.drawn(source()), draw.drawn(source(number=1))) != of_data
    assert np.array_equal(draw.drawn(source()), draw.drawn(source(seed=1))) == of_data


def test_real_labels_are_those_of_the_real_samples() -> None:
    samples, labels = RealSamples().drawn(source(number=2)), RealLabels().drawn(source(number=2))
    everything = FIRST.take(np.arange(20), np.dtype("float64"))
    for sample, label in zip(samples, labels, strict=True):
        (position,) = np.flatnonzero((everything == sample).all(axis=(1, 2, 3)))
        assert FIRST.labels is not None
        assert label == FIRST.labels[position]


def test_labels_taken_are_those_of_the_batch_before() -> None:
    np.testing.assert_array_equal(LabelsTaken().drawn(source(number=3)), RealLabels().drawn(source(number=2)))
    np.testing.assert_array_equal(LabelsTaken().drawn(source(number=0)), RealLabels().drawn(source(number=0)))


def test_draws_that_hold_samples_name_their_domain() -> None:
    assert {name: draw.domain for name, draw in DRAWS.items() if draw.domain} == {
        "real samples": "first",
        "second domain": "second",
    }


def test_a_function_of_random_numbers_is_told_the_count_of_updates() -> None:
    before, later = (DRAWS["made"].drawn(source(updates=count)) for count in (0, 3))
    np.testing.assert_allclose(later - before, 3)


def test_a_source_opens_its_stream_once() -> None:
    """Two uses go on in one stream: the second does not repeat the numbers of the first."""
    one = source()
    assert one.generator is one.generator
    assert one.generator.random() != one.generator.random()


def test_labels_of_data_without_any_are_refused_in_a_line() -> None:
    with pytest.raises(DataError, match="data set 'b' has no labels; expected a class for each sample"):
        batches(SECOND).labels(0)


def test_a_generators_draws_are_those_of_its_inputs() -> None:
    plan = preset("mnist-cond-wgan-gp").plans["generator"]
    drawn = generator_draws(plan)

    assert list(drawn) == [f"generator.{name}" for name in plan.inputs]
    assert [type(draw) for draw in drawn.values()] == [
        Label if spec.kind == "label" else Latent for spec in plan.inputs.values()
    ]
    assert latent_draws(plan) == {name: draw for name, draw in drawn.items() if isinstance(draw, Latent)}


@dataclass(frozen=True)
class Halved(Draw):
    """A draw of a user: half a batch of real samples, and noise."""

    takes_a_batch = True

    def shape(self, batch_size, domains):
        return (batch_size // 2, *domains["first"])

    def drawn(self, source):
        real = source.batches["first"].samples(source.batch_number)
        return real[: len(real) // 2] + source.generator.normal()


class Nudged(AdversarialGenerator, frozen=True, kw_only=True):
    """The usual loss, and the discriminator's mean on halved batches."""

    def draws(self, plans):
        return super().draws(plans) | {"half": Halved()}

    def evaluate(self, context):
        half = context.run("discriminator", {"sample": context.draws["half"]})
        outcome = super().evaluate(context)
        return Outcome(loss=outcome.loss + context.ops.mean(half))


Objective.variants.pop("nudged")


def nudged():
    made = preset("digits-mlp")
    phase = msgspec.structs.replace(made.phases[1], objective=Nudged())
    return msgspec.structs.replace(made, phases=(made.phases[0], phase))


def test_a_users_draw_takes_its_batch_in_the_alternation() -> None:
    """The generator's phase uses up a batch too: two a step in place of one."""
    assert Alternation(nudged()).batches_before(10) == 20
    assert Alternation(preset("digits-mlp")).batches_before(10) == 10


def test_a_users_draw_is_counted_by_its_shape() -> None:
    """Half a batch more through the discriminator, forward and, for the generator's weights, not backward."""
    plain, made = preset("digits-mlp"), nudged()
    more = all_multiply_adds(made)[made.phases[1].name] - all_multiply_adds(plain)[plain.phases[1].name]

    assert more == made.training.batch_size // 2 * made.plans["discriminator"].multiply_adds
    assert ("discriminator", "sample", Halved()) in draws_fed(made)
