"""A small experiment with all that a network of several heads brings: classes, codes, a third optimizer over both."""

from typing import Any

from gan_core.data.sources import Digits
from gan_core.experiments.experiment import Experiment, Phase, Player, Sampling, Training
from gan_core.objectives import AdversarialDiscriminator, AdversarialGenerator, AuxiliaryClassifier, MutualInformation
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam

CODES = MutualInformation(weight=0.5, codes={"code": "code_head", "angle": "angle_head"})
CLASSES = AuxiliaryClassifier(head="class_head")


def generator() -> Network:
    return Network(
        inputs={
            "z": Input(kind="latent", shape=(4,)),
            "label": Input(kind="label", classes=10),
            "code": Input(kind="latent", shape=(3,), distribution="one_hot"),
            "angle": Input(kind="latent", shape=(2,), distribution="uniform"),
        },
        layers=(
            L.Embedding(inputs=("label",), classes=10, units=4, name="class"),
            L.Concat(inputs=("z", "class", "code", "angle")),
            L.Dense(units=8),
            L.Tanh(),
            L.Dense(units=64),
            L.Tanh(),
            L.Reshape(shape=(1, 8, 8)),
        ),
    )


def discriminator() -> Network:
    heads = {"validity": 1, "class_head": 10, "code_head": 3, "angle_head": 2}
    return Network(
        inputs={"image": Input(kind="data", shape=(1, 8, 8))},
        layers=(
            L.Flatten(),
            L.Dense(units=8),
            L.LeakyReLU(slope=0.2, name="features"),
            *(L.Dense(inputs=("features",), units=units, name=name) for name, units in heads.items()),
        ),
        outputs=tuple(heads),
    )


def codes_experiment(phases: tuple[Phase, ...] | None = None, **changes: Any) -> Experiment:
    """Return the experiment: the generator moves first, then the discriminator by its samples, then both by codes."""
    fields: dict[str, Any] = {
        "name": "codes",
        "data": Digits(),
        "networks": {"generator": generator(), "discriminator": discriminator()},
        "players": {
            "generator": Player(networks=("generator",), optimizer=Adam(learning_rate=0.002)),
            "discriminator": Player(networks=("discriminator",), optimizer=Adam(learning_rate=0.001)),
            "information": Player(networks=("generator", "discriminator"), optimizer=Adam(learning_rate=0.003)),
        },
        "phases": phases or (generators_phase(), discriminators_phase(), information_phase()),
        "training": Training(steps=4, batch_size=8, dtype="float64"),
        "sampling": Sampling(rows=2, columns=2, every_steps=100),
    }
    return Experiment(**fields | changes)


def generators_phase(**changes: Any) -> Phase:
    objective = AdversarialGenerator(shares_samples=True, terms=(CLASSES,))
    return Phase(**{"name": "generator", "player": "generator", "objective": objective} | changes)


def discriminators_phase(**changes: Any) -> Phase:
    objective = AdversarialDiscriminator(shares_samples=True, fake_classes="random", terms=(CLASSES,))
    return Phase(**{"name": "discriminator", "player": "discriminator", "objective": objective} | changes)


def information_phase(**changes: Any) -> Phase:
    objective = AdversarialGenerator(loss_weight=0.0, terms=(CODES,))
    return Phase(**{"name": "information", "player": "information", "objective": objective} | changes)
