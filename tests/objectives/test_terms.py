"""Terms against their definitions, worked out by SciPy from the networks' outputs."""

import numpy as np
import pytest
from scipy.special import log_softmax, logsumexp
from scipy.stats import norm

from codes_experiment import discriminator, generator
from gan_core.errors import SpecError
from gan_core.objectives import (
    AdversarialGenerator,
    AuxiliaryClassifier,
    FeatureMatching,
    MutualInformation,
    SampleDistance,
)
from gan_core.objectives.context import Generated, UpdateContext
from gan_core.objectives.terms import Seen, weighted
from gan_core.operations.log_sums import class_entropy, log_sum_exp_of_rows, one_hot_rows
from gan_core.plans.plans import plan_network
from gan_core.specs import layers as L
from gan_core.specs.networks import Network
from gan_core.testing.numpy_ops import NumpyOps

OPS = NumpyOps()
RANDOM = np.random.default_rng(0)
LABELS = np.array([3, 0, 9, 3])
CODES = np.eye(3)[[2, 0, 0, 1]]
ANGLES = RANDOM.uniform(-1, 1, (4, 2))
REAL, FAKE = (
    {
        "validity": RANDOM.normal(size=(4, 1)),
        "class_head": RANDOM.normal(size=(4, 10)) * 5,
        "code_head": RANDOM.normal(size=(4, 3)),
        "angle_head": RANDOM.normal(size=(4, 2)),
    }
    for _ in range(2)
)


class Planned:
    """A network of which the plan alone is asked."""

    def __init__(self, name, network) -> None:
        self.plan = plan_network(name, network)


class Reading(Planned):
    """A network whose heads are what it read, in part."""

    def outputs(self, inputs, call) -> dict[str, np.ndarray]:
        flat = inputs["image"].reshape(4, -1)
        return {
            "validity": flat[:, :1],
            "class_head": flat[:, 1:11],
            "code_head": flat[:, 11:14],
            "angle_head": flat[:, :2],
        }


def seen(side: str, **changes) -> Seen:
    samples = RANDOM.normal(size=(4, 1, 8, 8))
    made = Generated(
        heads={"reshape_1": samples},
        inputs={"label": LABELS, "code": CODES, "angle": ANGLES},
        label=LABELS,
    )
    context = UpdateContext(
        ops=OPS,
        networks={
            "generator": Planned("generator", generator()),
            "discriminator": Planned("discriminator", discriminator()),
            "reader": Reading("reader", discriminator()),
        },
        draws={"real": RANDOM.normal(size=(4, 1, 8, 8)), "real_label": LABELS[::-1]},
        optimizers={},
        mask_key=None,
    )
    fields = {"fake_heads": FAKE, "known_real_heads": REAL} | changes
    return Seen(context=context, side=side, generator="generator", discriminator="discriminator", made=made, **fields)


def entropy(logits: np.ndarray, labels: np.ndarray) -> float:
    return float(-np.mean(log_softmax(logits, axis=1)[np.arange(len(labels)), labels]))


@pytest.mark.parametrize("width", [1, 2, 3, 7, 10, 1000])
def test_the_logarithm_of_a_sum_of_exponentials(width) -> None:
    logits = RANDOM.normal(size=(5, width)) * 300  # far beyond what an exponential holds

    np.testing.assert_allclose(log_sum_exp_of_rows(OPS, logits)[:, 0], logsumexp(logits, axis=1), rtol=1e-14)


def test_rows_of_labels() -> None:
    np.testing.assert_array_equal(one_hot_rows(OPS, LABELS, 10), np.eye(10)[LABELS])


def test_the_cross_entropy_of_classes() -> None:
    assert class_entropy(OPS, FAKE["class_head"], LABELS) == pytest.approx(entropy(FAKE["class_head"], LABELS))


@pytest.mark.parametrize(
    ("side", "of", "parts"),
    [
        ("discriminator", "both", ("real", "fake")),
        ("discriminator", "real", ("real",)),
        ("discriminator", "fake", ("fake",)),
        ("generator", "both", ("fake",)),
        ("generator", "real", ("fake",)),
    ],
)
def test_the_auxiliary_classifier_reads_the_samples_of_its_side(side, of, parts) -> None:
    values = {"real": entropy(REAL["class_head"], LABELS[::-1]), "fake": entropy(FAKE["class_head"], LABELS)}

    found = AuxiliaryClassifier(head="class_head", of=of).evaluate(seen(side))

    assert found == pytest.approx(sum(values[part] for part in parts))


@pytest.mark.parametrize(("of", "parts"), [("both", ("real", "fake")), ("real", ("real",)), ("fake", ("fake",))])
def test_a_class_of_their_own_is_that_of_generated_samples(of, parts) -> None:
    """The last of ten units is theirs, whatever label they were made of."""
    values = {
        "real": entropy(REAL["class_head"], LABELS[::-1]),
        "fake": entropy(FAKE["class_head"], np.full(4, 9)),
    }

    found = AuxiliaryClassifier(head="class_head", of=of, fake_class=True).evaluate(seen("discriminator"))

    assert found == pytest.approx(sum(values[part] for part in parts))


def test_a_class_of_their_own_is_one_unit_more_and_needs_no_label() -> None:
    """Ten units are nine labels and a class of their own; a generator without labels will do."""
    term, judge = AuxiliaryClassifier(head="class_head", fake_class=True), plan_network("d", discriminator())
    inputs = {name: spec for name, spec in generator().inputs.items() if spec.kind != "label"}
    unlabelled = Network(inputs=inputs, layers=(L.Dense(units=64, inputs=("z",)), L.Reshape(shape=(1, 8, 8))))

    term.check_plans("discriminator", plan_network("g", unlabelled), judge)
    with pytest.raises(SpecError, match="has 10 units for 11 classes"):
        term.check_plans("discriminator", plan_network("g", generator()), judge)


def test_mutual_information_is_the_codes_likelihood() -> None:
    term = MutualInformation(codes={"code": "code_head", "angle": "angle_head"})
    hot = entropy(FAKE["code_head"], CODES.argmax(axis=1))
    surprise = -norm.logpdf(ANGLES, FAKE["angle_head"], 1.0).sum(axis=1).mean()

    assert term.evaluate(seen("generator")) == pytest.approx(hot + surprise)


def test_a_network_of_its_own_reads_the_codes() -> None:
    """ClusterGAN's encoder: what the discriminator's heads say does not count."""
    of_samples = seen("generator")
    read = of_samples.made.samples.reshape(4, -1)[:, 11:14]

    _, scalars = weighted([MutualInformation(codes={"code": "code_head"}, network="reader")], of_samples)

    assert scalars["mutual_information"] == pytest.approx(entropy(read, CODES.argmax(axis=1)))


@pytest.mark.parametrize(
    ("network", "reason"),
    [
        ("nobody", "unknown network 'nobody'"),
        ("generator", "reads data of shape"),
        ("judge", "the network 'judge' has no output 'code_head'"),
    ],
)
def test_a_network_of_its_own_reads_samples_and_has_the_heads(network: str, reason: str) -> None:
    judge = Network(inputs=discriminator().inputs, layers=(L.Flatten(), L.Dense(units=1)))
    networks = {"generator": generator(), "discriminator": discriminator(), "judge": judge}
    plans = {name: plan_network(name, spec) for name, spec in networks.items()}
    term = MutualInformation(codes={"code": "code_head"}, network=network)

    with pytest.raises(SpecError, match=reason):
        AdversarialGenerator(terms=(term,)).check_plans(plans)


def test_a_second_head_gives_the_deviations() -> None:
    logs = RANDOM.normal(size=(4, 2))
    term = MutualInformation(codes={"angle": "angle_head"}, deviations={"angle": "log_deviation"})
    surprise = -norm.logpdf(ANGLES, FAKE["angle_head"], np.exp(logs)).sum(axis=1).mean()

    found = term.evaluate(seen("generator", fake_heads=FAKE | {"log_deviation": logs}))

    assert found == pytest.approx(surprise)


def test_some_scripts_take_squares() -> None:
    term = MutualInformation(codes={"angle": "angle_head"}, continuous="squared")

    assert term.evaluate(seen("generator")) == pytest.approx(np.mean((ANGLES - FAKE["angle_head"]) ** 2))


@pytest.mark.parametrize("distance", ["squared", "mean_squared", "absolute"])
def test_feature_matching_compares_means_over_the_batch(distance) -> None:
    difference = REAL["class_head"].mean(axis=0) - FAKE["class_head"].mean(axis=0)
    expected = {
        "squared": np.sum(difference**2),
        "mean_squared": np.mean(difference**2),
        "absolute": np.mean(np.abs(difference)),
    }

    found = FeatureMatching(head="class_head", distance=distance).evaluate(seen("generator"))

    assert found == pytest.approx(expected[distance])


@pytest.mark.parametrize(("distance", "power"), [("absolute", 1), ("squared", 2)])
def test_the_distance_to_a_target_is_a_mean_over_values(distance, power) -> None:
    what = seen("generator")

    found = SampleDistance(distance=distance).evaluate(what)

    assert found == pytest.approx(np.mean(np.abs(what.made.samples - what.real) ** power))


def test_a_term_adds_its_value_times_its_weight_and_logs_it_without() -> None:
    what = seen("generator")
    terms = (AuxiliaryClassifier(head="class_head", weight=2.0), SampleDistance(weight=3.0))

    added, scalars = weighted(terms, what)

    assert list(scalars) == ["auxiliary_classifier", "sample_distance"]
    assert added == pytest.approx([scalars["auxiliary_classifier"] * 2, scalars["sample_distance"] * 3])
