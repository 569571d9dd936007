"""An experiment of two networks that were read back from a program: what a user of such a program would expect."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from gan_core.data.cifar import Cifar10
from gan_core.data.folder import ImageFolder
from gan_core.data.idx import FashionMnist, Mnist
from gan_core.data.pairs import SideBySide
from gan_core.data.sources import Arrays, Digits, Mixture
from gan_core.data.spec import Data
from gan_core.errors import SpecError, UsageError
from gan_core.experiments.experiment import Checkpoint, Experiment, Logging, Phase, Sampling, Training
from gan_core.objectives import AdversarialDiscriminator, AdversarialGenerator, Term
from gan_core.objectives.class_terms import AuxiliaryClassifier
from gan_core.objectives.sample_terms import SampleDistance
from gan_core.plans.output_ranges import output_range
from gan_core.plans.plans import Plan, layer_names, plan_network
from gan_core.porting.resizing import Resizing
from gan_core.presets.games import two_players
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam

FOLDER = "pictures"  # where no data were named
WORDS = ("mnist", "fashion_mnist", "cifar10", "digits", "mixture")
USUAL: dict[tuple[int, ...], str] = {  # by the shape of a sample
    (1, 28, 28): "mnist",
    (1, 32, 32): "mnist",
    (1, 8, 8): "digits",
    (3, 32, 32): "cifar10",
    (2,): "mixture",
}
STEPS = 10_000
BY_HAND = "gan_core.network_from(module) gives the network, for an experiment that is written by hand"
RESHAPING = (L.Flatten, L.Reshape)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a user says of the experiment.

    data: a word out of `WORDS`, a folder of images, an ``.npy``, ``.npz`` or table; None chooses by the samples' shape.
    resizing: how the script brings pictures to their size. loss: an adversarial loss. keep_sigmoid: whether the
    discriminator's last sigmoid stays.
    """

    data: str | None = None
    resizing: Resizing | None = None
    loss: str = "non_saturating"
    learning_rate: float = 2e-4
    keep_sigmoid: bool = False


def experiment_of(name: str, networks: Mapping[str, Network], wanted: Wanted) -> tuple[Experiment, list[str]]:
    """Return the experiment of a generator and a discriminator, and remarks on it. Raises `SpecError`.

    networks: "generator" and "discriminator"; images that a generator reads are the sources of pairs.
    """
    remarks: list[str] = []
    generator, discriminator = networks["generator"], networks["discriminator"]
    translates = all(given.kind == "data" for given in generator.inputs.values())
    if translates:
        generator, discriminator = _of_sources(generator), _judge_of_sources(discriminator, remarks)
    else:
        discriminator = _of_data(discriminator)
    if not wanted.keep_sigmoid:
        discriminator = without_last_sigmoids(discriminator, remarks)
    discriminator = _flat(discriminator, plan_network("generator", generator), remarks)
    plans = {
        "generator": plan_network("generator", generator),
        "discriminator": plan_network("discriminator", discriminator),
    }
    if len(plans["generator"].outputs) > 1:
        remarks.append("the generator has several outputs, of which the game has the first alone")
    terms = _class_terms(plans, remarks)
    adam = Adam(learning_rate=wanted.learning_rate, beta1=0.5)
    return (
        Experiment(
            name=name,
            silenced=("sigmoid-before-logits",) if wanted.keep_sigmoid else (),
            data=data_of(plans["generator"], wanted, remarks),
            networks={"generator": generator, "discriminator": discriminator},
            players=two_players(adam, adam),
            phases=_phases(wanted.loss, terms, translates),
            training=Training(steps=STEPS, batch_size=1 if translates else 64),
            sampling=Sampling(rows=4, columns=8, every_steps=500, mode="training" if translates else "evaluation"),
            logging=Logging(every_steps=50),
            checkpoint=Checkpoint(every_steps=500),
        ),
        remarks,
    )


def _phases(loss: str, terms: tuple[Term, ...], translates: bool) -> tuple[Phase, ...]:
    distance: tuple[Term, ...] = (SampleDistance(weight=100.0),) if translates else ()
    return (
        Phase(
            name="discriminator",
            player="discriminator",
            objective=AdversarialDiscriminator(loss=loss, terms=terms, shares_samples=translates),
            batch="step" if translates else "next",
        ),
        Phase(
            name="generator",
            player="generator",
            objective=AdversarialGenerator(loss=loss, terms=(*terms, *distance), shares_samples=translates),
            batch="step" if translates else "next",
        ),
    )


def without_last_sigmoids(network: Network, remarks: list[str]) -> Network:
    """Return a discriminator without the sigmoid or softmax that each of its outputs ends in; losses contain them."""
    names = layer_names(network)
    by_name = dict(zip(names, network.layers, strict=True))
    reads = {name: layer.inputs or (before,) for name, layer, before in _with_before(network, names)}
    heads = list(network.outputs or names[-1:])
    gone: dict[str, str] = {}
    for head in heads:
        place = head
        while isinstance(by_name.get(place), RESHAPING):
            place = reads[place][0]
        if isinstance(by_name.get(place), L.Sigmoid | L.Softmax):
            gone[place] = reads[place][0]
            word = "sigmoid" if isinstance(by_name[place], L.Sigmoid) else "softmax"
            remarks.append(
                f"the discriminator's last {word} ({place}) is left out: the losses here take logits and contain it; "
                "keep_sigmoid=True keeps it, for a loss that has none"
            )
    if not gone:
        return network
    layers = []
    for name in names:
        if name in gone:
            continue
        inputs = tuple(gone.get(one, one) for one in reads[name])
        layers.append(msgspec.structs.replace(by_name[name], name=name, inputs=inputs))  # type: ignore[type-var]
    return plain_names(Network(inputs=network.inputs, layers=tuple(layers), outputs=_renamed(heads, gone)))


def _flat(network: Network, generator: Plan, remarks: list[str]) -> Network:
    """Return a discriminator whose judgement is [units], and no image of patches; refuse one that gives pictures."""
    plan = plan_network("discriminator", network)
    if plan.output_shape == generator.output_shape:
        raise SpecError(
            f"the discriminator gives what has the shape of a sample, {list(plan.output_shape)}: an autoencoder, as of "
            f"BEGAN and EBGAN; {BY_HAND}, with their objectives"
        )
    if network.outputs or len(plan.output_shape) != 3:
        return network
    remarks.append(f"a Flatten at the discriminator's end: its patches {list(plan.output_shape)} are judged one by one")
    return msgspec.structs.replace(network, layers=(*network.layers, L.Flatten()))


def _renamed(heads: list[str], gone: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(gone.get(head, head) for head in heads)


def _with_before(network: Network, names: list[str]) -> list[tuple[str, L.Layer, str]]:
    """Each layer's name, the layer, and what stands before it."""
    before = [next(iter(network.inputs)), *names[:-1]]
    return list(zip(names, network.layers, before, strict=True))


def plain_names(network: Network) -> Network:
    """Return a network whose layers have no name and no inputs where those are the usual ones."""
    usual = layer_names(
        msgspec.structs.replace(
            network,
            layers=tuple(msgspec.structs.replace(one, name="") for one in network.layers),  # type: ignore[type-var]
            outputs=(),
        )
    )
    layers: list[L.Layer] = []
    for name, layer, before in _with_before(network, layer_names(network)):
        inputs = () if layer.inputs == (before,) else layer.inputs
        new = "" if name == usual[len(layers)] else name
        layers.append(msgspec.structs.replace(layer, name=new, inputs=inputs))  # type: ignore[type-var]
    last = layer_names(network)[-1]
    outputs = () if network.outputs == (last,) else network.outputs
    return Network(inputs=network.inputs, layers=tuple(layers), outputs=outputs)


def _class_terms(plans: Mapping[str, Plan], remarks: list[str]) -> tuple[Term, ...]:
    """A classifier's term, where the discriminator's second output has as many numbers as there are classes."""
    classes = next((given.classes for given in plans["generator"].inputs.values() if given.kind == "label"), None)
    terms: list[Term] = []
    for name, shape in list(plans["discriminator"].outputs.items())[1:]:
        if classes is None or shape != (classes,):
            raise SpecError(
                f"the discriminator's output '{name}' of shape {list(shape)} is no classifier of the generator's "
                f"classes ({classes or 'it has none'}); {BY_HAND}, with a term that reads it"
            )
        remarks.append(f"the discriminator's output '{name}' names classes: the term auxiliary_classifier (ACGAN)")
        terms.append(AuxiliaryClassifier(head=name))
    return tuple(terms)


def _of_data(network: Network) -> Network:
    """A discriminator's arrays are data, whatever their shape."""
    inputs = {
        name: Input(kind="data", shape=given.shape) if given.kind == "latent" else given
        for name, given in network.inputs.items()
    }
    return msgspec.structs.replace(network, inputs=inputs)


def _of_sources(network: Network) -> Network:
    inputs = {name: Input(kind="data", shape=given.shape, field="source") for name, given in network.inputs.items()}
    if len(inputs) > 1:
        raise SpecError(f"a generator that reads several images: {BY_HAND}")
    return msgspec.structs.replace(network, inputs=inputs)


def _judge_of_sources(network: Network, remarks: list[str]) -> Network:
    first, *rest = network.inputs
    inputs = {name: Input(kind="data", shape=given.shape) for name, given in network.inputs.items()}
    for name in rest:
        inputs[name] = Input(kind="data", shape=inputs[name].shape, field="source")
    if rest:
        remarks.append(f"the discriminator's input '{first}' is the picture it judges, '{rest[0]}' the source")
    remarks.append("a generator that reads pictures learns from pairs, with 100 times the absolute error (pix2pix)")
    return msgspec.structs.replace(network, inputs=inputs)


def data_of(plan: Plan, wanted: Wanted, remarks: list[str]) -> Data:
    """Return the data whose samples have the shape that a generator makes, in its range. Raises `UsageError`."""
    shape, bounds = plan.output_shape, output_range(plan)
    span = (0.0, 1.0) if bounds.low >= 0 and bounds.high <= 1 else (-1.0, 1.0)
    labelled = any(given.kind == "label" for given in plan.inputs.values())
    translates = all(given.kind == "data" for given in plan.inputs.values())
    chosen = wanted.data
    if chosen is None and not translates:
        chosen = USUAL.get(shape)
        if chosen is not None:
            remarks.append(
                f"no data were named; samples of shape {list(shape)} stand for {chosen}: data=NAME or data=FOLDER"
            )
    if chosen is None:
        chosen = FOLDER
        remarks.append(f"no data were named; the experiment reads the folder '{FOLDER}': data=FOLDER names another")
    if chosen in WORDS:
        known: dict[str, Data] = {
            "mnist": Mnist(size=32 if shape[-1] == 32 else 28, value_range=span),
            "fashion_mnist": FashionMnist(size=32 if shape[-1] == 32 else 28, value_range=span),
            "cifar10": Cifar10(value_range=span),
            "digits": Digits(),
            "mixture": Mixture(),
        }
        return known[chosen]
    if Path(chosen).suffix.lower() in (".npy", ".npz", ".csv", ".tsv", ".txt"):
        return Arrays(path=chosen)
    if len(shape) != 3 or shape[0] not in (1, 3):
        raise UsageError(
            f"data={chosen}: samples of shape {list(shape)} are no pictures; name a file of numbers (.npz)"
        )
    size = shape[1] if shape[1] == shape[2] else shape[1:]
    resize: Any = wanted.resizing.way if wanted.resizing else "crop"
    if wanted.resizing and resize == "stretch":
        call, line = wanted.resizing.call, wanted.resizing.line
        remarks.append(f"pictures are stretched to their size, as by {call} in line {line} of the script")
    if translates:
        return SideBySide(path=chosen, size=size, channels=shape[0], value_range=span, resize=resize)  # type: ignore[arg-type]
    return ImageFolder(
        path=chosen,
        size=size,
        channels=shape[0],  # type: ignore[arg-type]  # the spec checks it
        resize=resize,
        value_range=span,
        labels="subfolders" if labelled else "none",
    )
