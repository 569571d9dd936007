"""Terms over classes and codes against their definitions, on NumPy, by networks whose outputs are made up."""

import numpy as np
import pytest

from gan_core.errors import SpecError
from gan_core.experiments.class_heads import class_heads
from gan_core.experiments.experiment import Average, Experiment
from gan_core.experiments.files import with_changes
from gan_core.objectives import AuxiliaryClassifier, LabelledClassifier, MutualInformation
from gan_core.objectives.base import ClassHead
from gan_core.objectives.context import UpdateContext
from gan_core.presets import preset
from gan_core.presets.loading import read_changes
from gan_core.testing.numpy_ops import NumpyOps

OPS = NumpyOps()
COUNT = 6
SIDES = ("discriminator", "generator")


class Heads:
    """A network of several outputs, each a fixed linear function of the flat sample, or what a generator makes."""

    def __init__(self, plan, seed: int) -> None:
        self.plan, self.seed = plan, seed

    def __call__(self, inputs, call):
        return self.outputs(inputs, call)[self.plan.output]

    def outputs(self, inputs, call) -> dict[str, np.ndarray]:
        (sample, *_) = inputs.values()
        return {name: self.linear(name, sample, shape) for name, shape in self.plan.outputs.items()}

    def weights(self) -> dict[str, np.ndarray]:
        shapes = {name: weight.shape for name, weight in self.plan.weights.items()}
        return {name: np.random.default_rng(list(name.encode())).normal(size=shape) for name, shape in shapes.items()}

    def to_canonical(self, arrays):
        return arrays

    def linear(self, name: str, sample: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        flat = sample.reshape(len(sample), -1)
        values = np.random.default_rng([self.seed, *name.encode()]).normal(size=(flat.shape[1], int(np.prod(shape))))
        return (flat @ values / np.sqrt(flat.shape[1])).reshape(len(sample), *shape)


def context(made: Experiment, phase: str) -> UpdateContext:
    """A context of an experiment's phase: networks of made-up outputs, every draw from random numbers of its shape."""
    networks = {name: Heads(plan, seed) for seed, (name, plan) in enumerate(made.plans.items())}
    (objective,) = (one.objective for one in made.phases if one.name == phase)
    draws = {}
    for name, draw in objective.draws(made.plans).items():
        shape = draw.shape(COUNT, {"first": made.sample_shape, "second": made.sample_shape})
        rng = np.random.default_rng(list(name.encode()))
        draws[name] = rng.integers(0, 10, shape) if name.endswith("label") else rng.normal(size=shape)
        if name.endswith("code"):
            draws[name] = np.eye(10)[rng.integers(0, 10, COUNT)]
    return UpdateContext(ops=OPS, networks=networks, draws=draws, optimizers={}, mask_key=None)


def outcome(made: Experiment, phase: str):
    """The context and the outcome of a phase."""
    seen = context(made, phase)
    (objective,) = (one.objective for one in made.phases if one.name == phase)
    return seen, objective.evaluate(seen)


def surprise(logits: np.ndarray, labels: np.ndarray) -> float:
    """The mean of −log of the softmax at the labels."""
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return float(-np.log(shares[np.arange(len(labels)), labels]).mean())


def judged(seen: UpdateContext, sample: np.ndarray) -> dict[str, np.ndarray]:
    return seen.networks["discriminator"].outputs({"sample": sample}, None)


def made_by(seen: UpdateContext) -> np.ndarray:
    inputs = {name: seen.draws[f"generator.{name}"] for name in seen.plan("generator").inputs}
    return seen.networks["generator"](inputs, None)


def test_both_losses_of_acgan_hold_the_cross_entropy_of_its_classes():
    made = preset("mnist-acgan", width=0.05)
    seen, result = outcome(made, "discriminator")
    real, fake = judged(seen, seen.draws["real"]), judged(seen, made_by(seen))
    labels = seen.draws["real_label"], seen.draws["generator.label"]
    classes = surprise(real["classes"], labels[0]) + surprise(fake["classes"], labels[1])
    game = np.log1p(np.exp(-real["validity"])).mean() + np.log1p(np.exp(fake["validity"])).mean()

    assert result.loss == pytest.approx(0.25 * game + 0.25 * classes, rel=1e-13)
    assert result.scalars["auxiliary_classifier"] == pytest.approx(classes, rel=1e-13)
    seen, result = outcome(made, "generator")
    fake = judged(seen, made_by(seen))
    classes = surprise(fake["classes"], seen.draws["generator.label"])
    assert result.loss == pytest.approx(0.5 * np.log1p(np.exp(-fake["validity"])).mean() + 0.5 * classes, rel=1e-13)


@pytest.mark.parametrize("phase", ["discriminator", "generator"])
def test_both_losses_of_infogan_hold_the_surprise_of_its_codes(phase):
    """−log q(c | x): of the category its share, of the style a normal density of deviation 1 around the head."""
    seen, result = outcome(preset("mnist-infogan", width=0.05), phase)
    fake, draws = judged(seen, made_by(seen)), seen.draws
    categories = surprise(fake["code"], draws["generator.code"].argmax(axis=1))
    gaps = draws["generator.style"] - fake["style"]
    styles = (0.5 * gaps**2 + 0.5 * np.log(2 * np.pi)).sum(axis=1).mean()

    assert result.scalars["mutual_information"] == pytest.approx(categories + styles, rel=1e-13)


def test_the_third_optimizer_of_infogan_s_script_moves_by_the_codes_alone():
    seen, result = outcome(preset("mnist-infogan-script", width=0.05), "information")
    fake, draws = judged(seen, made_by(seen)), seen.draws
    categories = surprise(fake["code"], draws["generator.code"].argmax(axis=1))

    assert "real" not in draws
    assert result.loss == pytest.approx(
        categories + 0.1 * ((fake["style"] - draws["generator.style"]) ** 2).mean(), rel=1e-13
    )


def test_the_semi_supervised_game_is_the_paper_s():
    """−½ log Z/(Z+1) of unlabelled samples, −½ log 1/(Z+1) of generated ones, −log p(y | x) of labelled ones."""
    made = preset("mnist-semi-supervised")
    seen, result = outcome(made, "discriminator")
    heads = seen.networks["discriminator"]
    outputs = heads.outputs

    def with_evidence(inputs, call):
        found = outputs(inputs, call)
        return found | {"validity": np.log(np.exp(found["classes"]).sum(axis=1, keepdims=True))}

    heads.outputs = with_evidence
    result = made.phases[0].objective.evaluate(seen)
    sums = {
        name: np.exp(judged(seen, sample)["classes"]).sum(axis=1)
        for name, sample in (("real", seen.draws["real"]), ("fake", made_by(seen)))
    }
    unlabelled = -0.5 * np.log(sums["real"] / (sums["real"] + 1)).mean() - 0.5 * np.log(1 / (sums["fake"] + 1)).mean()
    labelled = surprise(judged(seen, seen.draws["labelled"])["classes"], seen.draws["labelled_label"])

    assert result.loss == pytest.approx(unlabelled + labelled, rel=1e-13)
    assert made.plans["discriminator"].nodes[-1].layer.inputs == ("classes",)  # the sum of exponentials of the classes
    assert made.plans["discriminator"].nodes[-2].name == "classes"


def test_objectives_tell_which_heads_choose_classes():
    assert class_heads(preset("mnist-acgan")) == (ClassHead(network="discriminator", head="classes", named=True),)
    assert class_heads(preset("mnist-infogan")) == (ClassHead(network="discriminator", head="code", named=False),)
    assert class_heads(preset("mnist-mlp")) == ()
    of_average = ClassHead(network="discriminator_average", head="classes", named=True)
    assert class_heads(preset("mnist-semi-supervised"))[1] == of_average
    assert isinstance(preset("mnist-semi-supervised").averages["discriminator_average"], Average)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"phases.generator.objective.terms": [{"type": "labelled_classifier"}]}, "moves the discriminator alone"),
        ({"phases.discriminator.objective.terms": [{"type": "labelled_classifier", "head": "class"}]}, "no output 'cl"),
    ],
)
def test_a_labelled_classifier_in_the_wrong_place_is_refused(change, words):
    with pytest.raises(SpecError, match=words):
        with_changes(preset("mnist-semi-supervised"), change)


def test_a_head_of_other_classes_than_the_labels_is_refused():
    changes = read_changes(["networks.discriminator.layers.classes.units=12"])
    with pytest.raises(SpecError, match="has 12 units for 10 classes"):
        with_changes(preset("mnist-acgan"), changes)
    assert AuxiliaryClassifier().head == LabelledClassifier().head == "classes"
    with pytest.raises(SpecError, match="expected codes with their heads"):
        MutualInformation(codes={})


def contrastive(term: dict) -> Experiment:
    """ACGAN whose classifying head is taken as proxies by a term."""
    changes = {"networks.discriminator.outputs": ["validity", "classes", "features"]}
    changes |= {f"phases.{side}.objective.terms": [term] for side in ("discriminator", "generator")}
    return with_changes(preset("mnist-acgan", width=0.05), changes)


def cosine(first: np.ndarray, second: np.ndarray) -> float:
    return float(first @ second / np.sqrt((first @ first) * (second @ second)))


def compared(seen: UpdateContext, phase: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features, labels and proxies of a phase."""
    real = phase == "discriminator"
    sample = seen.draws["real"] if real else made_by(seen)
    labels = seen.draws["real_label" if real else "generator.label"]
    labels[:2] = 4  # two of a class at least
    return judged(seen, sample)["features"], labels, seen.networks["discriminator"].weights()["classes.weight"]


@pytest.mark.parametrize(("phase", "sign"), [("discriminator", 1), ("generator", -1)])
def test_a_twin_learns_the_classes_of_generated_samples_which_the_generator_hides(phase, sign):
    changes = {"networks.discriminator.outputs": ["validity", "classes"]}
    changes |= {f"phases.{side}.objective.terms": [{"type": "twin_classifier", "head": "classes"}] for side in SIDES}
    seen, result = outcome(with_changes(preset("mnist-acgan", width=0.05), changes), phase)

    wanted = surprise(judged(seen, made_by(seen))["classes"], seen.draws["generator.label"])
    assert result.scalars["twin_classifier"] == pytest.approx(sign * wanted, rel=1e-12)


@pytest.mark.parametrize("phase", ["discriminator", "generator"])
def test_generated_samples_have_classes_of_their_own(phase):
    changes = {"networks.discriminator.layers.classes.units": 20}
    changes |= {f"phases.{side}.objective.terms": [{"type": "discriminative_classifier"}] for side in SIDES}
    seen, result = outcome(with_changes(preset("mnist-acgan", width=0.05), changes), phase)

    logits, label = judged(seen, made_by(seen))["classes"], seen.draws["generator.label"]
    wanted = surprise(logits, label) - surprise(logits, label + 10)
    if phase == "discriminator":
        wanted = surprise(judged(seen, seen.draws["real"])["classes"], seen.draws["real_label"])
        wanted += surprise(logits, label + 10)
    assert result.scalars["discriminative_classifier"] == pytest.approx(wanted, rel=1e-12)


def test_a_head_of_too_few_classes_for_both_kinds_of_samples_is_refused():
    terms = {"phases.generator.objective.terms": [{"type": "discriminative_classifier"}]}
    with pytest.raises(SpecError, match=r"has 10 units; expected 20 for 10 classes"):
        with_changes(preset("mnist-acgan", width=0.05), terms)


@pytest.mark.parametrize("phase", ["discriminator", "generator"])
def test_contragan_draws_samples_to_their_proxy_and_to_their_like(phase):
    made = contrastive({"type": "conditional_contrast", "temperature": 0.7})
    seen = context(made, phase)
    features, labels, proxies = compared(seen, phase)
    result = next(one.objective for one in made.phases if one.name == phase).evaluate(seen)
    terms = []
    for i in range(COUNT):
        own = np.exp(cosine(features[i], proxies[labels[i]]) / 0.7)
        others = {j: np.exp(cosine(features[i], features[j]) / 0.7) for j in range(COUNT) if j != i}
        near = sum(value for j, value in others.items() if labels[j] == labels[i])
        terms.append(-np.log((own + near) / (own + sum(others.values()))))

    assert result.scalars["conditional_contrast"] == pytest.approx(np.mean(terms), rel=1e-11)


@pytest.mark.parametrize("phase", ["discriminator", "generator"])
def test_reacgan_stops_pulling_where_proxies_are_near_and_samples_far(phase):
    term = {"type": "data_cross_entropy", "temperature": 0.5, "positive_margin": 0.1, "negative_margin": 0.05}
    made = contrastive(term)
    seen = context(made, phase)
    features, labels, proxies = compared(seen, phase)
    result = next(one.objective for one in made.phases if one.name == phase).evaluate(seen)
    terms = []
    for i in range(COUNT):
        own = np.exp(min(cosine(features[i], proxies[labels[i]]) - 0.1, 0) / 0.5)
        others = [j for j in range(COUNT) if labels[j] != labels[i]]
        away = sum(np.exp(max(cosine(features[i], features[j]) - 0.05, 0) / 0.5) for j in others)
        terms.append(-np.log(own / (own + away)))

    assert result.scalars["data_cross_entropy"] == pytest.approx(np.mean(terms), rel=1e-11)


@pytest.mark.parametrize(
    ("term", "words"),
    [
        ({"head": "validity"}, "'classes' of 'discriminator' is no dense layer that reads the 1 numbers of 'validity'"),
        ({"proxies": "features"}, "'features' of 'discriminator' is no dense layer"),
        ({"proxies": "validity"}, "'validity' has 1 proxies, but 'generator' reads labels of 10 classes"),
    ],
)
def test_proxies_that_are_no_weight_of_classes_are_refused(term, words):
    with pytest.raises(SpecError, match=words):
        contrastive({"type": "conditional_contrast"} | term)
