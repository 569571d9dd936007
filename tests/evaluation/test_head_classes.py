"""The classes that a run's own discriminator chooses for held-out samples, and how many of them are wrong."""

import numpy as np

from gan_core.evaluation.head_classes import chosen_classes
from gan_core.evaluation.real_sets import RealSet
from gan_core.evaluation.scores import METRICS, MetricInputs, missing
from gan_core.experiments.files import with_changes
from gan_core.features.extractor import Features
from gan_core.presets import preset

LABELS = np.array([0, 1, 2, 2])


class Judging:
    """Stands in for a sampler: each head has a logit of 1 at the category that is written into the first pixel."""

    def __init__(self, name: str, networks: tuple[str, ...] = ("generator", "discriminator")) -> None:
        self.experiment, self.dtype, self.networks = preset(name), np.dtype("float32"), networks
        self.asked: list[tuple[str, str]] = []

    def in_mode(self, mode: str, purpose: str) -> "Judging":
        assert mode == "evaluation"
        return self

    def generate(self, network: str, inputs: dict[str, np.ndarray], output: str) -> np.ndarray:
        self.asked.append((network, output))
        return np.eye(10)[inputs["sample"][:, 0, 0, 0].astype(int)]


def real(categories: list[int], side: int) -> RealSet:
    samples = np.zeros((len(categories), 1, side, side))
    samples[:, 0, 0, 0] = categories
    return RealSet(samples=samples, labels=LABELS, split="test")


def scores(heads: list) -> dict[str, float]:
    features = Features(values=np.zeros((2, 2)))
    inputs = MetricInputs(
        real=features, samples=features.values, generated=features, value_range=(0, 1), heads=lambda: heads
    )
    return {score.name: score.value for score in METRICS["class-error"].work_out(inputs)}


def test_the_share_of_wrong_classes_is_the_error():
    sampler = Judging("mnist-acgan")

    assert scores(chosen_classes(sampler, real([0, 1, 2, 5], 32))) == {"class error": 0.25}
    assert sampler.asked == [("discriminator", "classes")]


def test_categories_without_names_take_those_that_suit_them_best():
    """0 and 1 changed places; the 7 is one of two samples of class 2, and takes no name from category 3."""
    heads = chosen_classes(Judging("mnist-infogan"), real([1, 0, 3, 7], 28))

    assert scores(heads) == {"matched class error": 0.25}


def test_an_average_s_error_stands_beside_the_network_s():
    both = ("discriminator", "discriminator_average")
    found = scores(chosen_classes(Judging("mnist-semi-supervised", both), real([0, 1, 1, 2], 28)))

    assert found == {"class error": 0.25, "class error of discriminator_average": 0.25}


def test_what_cannot_be_judged_is_left_out():
    """Real samples without labels; a sampler without the network that has the head; another size of image."""
    assert (
        chosen_classes(Judging("mnist-acgan"), RealSet(samples=np.zeros((1, 1, 32, 32)), labels=None, split="")) == []
    )
    assert chosen_classes(Judging("mnist-acgan", ("generator",)), real([0] * 4, 32)) == []
    assert chosen_classes(Judging("mnist-acgan"), real([0] * 4, 28)) == []


def test_without_a_head_the_metric_says_what_it_needs():
    features = Features(values=np.zeros((2, 2)))
    inputs = MetricInputs(real=features, samples=features.values, generated=features, value_range=(0, 1))

    assert "a discriminator that chooses classes" in (missing(METRICS["class-error"], inputs) or "")


def test_a_unit_of_generated_samples_is_no_class_of_real_ones():
    """A head whose largest logit is that of "generated" is read by the best of the others."""
    sampler = Judging("mnist-acgan")
    terms = [{"type": "auxiliary_classifier", "fake_class": True}]
    changes = {"networks.discriminator.layers.classes.units": 11, "phases.generator.objective.terms": []}
    # the terms first: each change is made in order, and the whole is checked at the end
    sampler.experiment = with_changes(sampler.experiment, {"phases.discriminator.objective.terms": terms} | changes)
    logits = np.eye(11)[[0, 1, 2, 2]] + 5 * np.eye(11)[10]
    sampler.generate = lambda network, inputs, output: logits  # noqa: ARG005

    assert scores(chosen_classes(sampler, real([0, 1, 2, 2], 32))) == {"class error": 0.0}
