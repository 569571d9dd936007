"""Losses in parts: by one kind of samples alone, by a network of its own, with a constant for target."""

import msgspec
import numpy as np
import pytest

from codes_experiment import CLASSES, codes_experiment, discriminator, generator
from gan_core.contract.backend import Backend
from gan_core.data.sources import Digits
from gan_core.experiments.experiment import Experiment, Phase, Player, Sampling, Training
from gan_core.objectives import AdversarialDiscriminator, AdversarialGenerator, EnergyGenerator, MutualInformation
from gan_core.specs import layers as L
from gan_core.specs.initializers import Zeros
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Sgd
from gan_core.training.trainer import Trainer

RATE = Sgd(learning_rate=0.1)
IMAGE = (1, 8, 8)


def moves(made: Experiment, backend: Backend, network: str) -> dict[str, np.ndarray]:
    """Return what one step adds to each weight of a network."""
    trainer = Trainer(made, backend, made.data.load(None))
    before = {name: array.copy() for name, array in trainer.state().networks[network].items()}
    trainer.run_step()
    return {name: array - before[name] for name, array in trainer.state().networks[network].items()}


def of_one_kind(of: str, loss: str) -> Experiment:
    objective = AdversarialDiscriminator(loss=loss, terms=(CLASSES,), of=of)  # type: ignore[arg-type]
    judge = msgspec.structs.replace(discriminator(), outputs=("validity", "class_head"))
    return codes_experiment(
        (Phase(name="discriminator", player="discriminator", objective=objective),),
        networks={"generator": generator(), "discriminator": judge},
        players={"discriminator": Player(networks=("discriminator",), optimizer=RATE)},
        training=Training(steps=1, batch_size=16, dtype="float64"),
    )


@pytest.mark.parametrize("loss", ["non_saturating", "relativistic_average"])
def test_the_moves_by_real_and_by_generated_samples_add_up(backend64: Backend, loss: str) -> None:
    """By plain descent the move by both kinds is the sum of two, terms over heads included."""
    both, real, fake = (moves(of_one_kind(of, loss), backend64, "discriminator") for of in ("both", "real", "fake"))

    for name, move in both.items():
        np.testing.assert_allclose(real[name] + fake[name], move, rtol=0, atol=1e-14, err_msg=name)
    assert all(np.abs(part["dense_1.weight"]).max() > 1e-4 for part in (real, fake))


def test_a_network_that_reads_the_codes_moves_with_the_generator(backend64: Backend) -> None:
    """The discriminator, whose heads are not read, rests; the reader of the codes moves in its code's head alone."""
    term = MutualInformation(codes={"code": "code_head"}, network="reader")
    heads = {"discriminator": ("validity",), "reader": ("validity", "code_head")}
    judges = {name: msgspec.structs.replace(discriminator(), outputs=names) for name, names in heads.items()}
    objective = AdversarialGenerator(terms=(term,))
    made = codes_experiment(
        (Phase(name="generator", player="both", objective=objective),),
        networks={"generator": generator(), **judges},
        players={"both": Player(networks=("generator", "reader"), optimizer=RATE)},
        training=Training(steps=1, batch_size=16, dtype="float64"),
    )

    found = moves(made, backend64, "reader")

    assert np.abs(found["code_head.weight"]).max() > 1e-4
    assert not np.any(found["validity.weight"])
    assert not any(np.any(move) for move in moves(made, backend64, "discriminator").values())


def energy(target: str) -> Experiment:
    """A game whose decoder makes the same of every code, so that energies change with the samples alone."""
    return Experiment(
        name="energy",
        data=Digits(),
        networks={
            "generator": Network(
                inputs={"z": Input(kind="latent", shape=(4,))}, layers=(L.Dense(units=64), L.Reshape(shape=IMAGE))
            ),
            "encoder": Network(
                inputs={"image": Input(kind="data", shape=IMAGE)}, layers=(L.Flatten(), L.Dense(units=3))
            ),
            "decoder": Network(
                inputs={"code": Input(kind="data", shape=(3,))},
                layers=(L.Dense(units=64, weight_init=Zeros()), L.Reshape(shape=IMAGE)),
            ),
        },
        players={"generator": Player(networks=("generator",), optimizer=RATE)},
        phases=(
            Phase(name="generator", player="generator", objective=EnergyGenerator(target=target)),  # type: ignore[arg-type]
        ),
        training=Training(steps=1, batch_size=8, dtype="float64"),
        sampling=Sampling(rows=1, columns=2),
    )


@pytest.mark.parametrize(("target", "still"), [("constant", True), ("moved", False)])
def test_a_constant_target_moves_no_sample_towards_its_reconstruction(
    backend64: Backend, target: str, still: bool
) -> None:
    found = moves(energy(target), backend64, "generator")

    assert all(np.all(move == 0) for move in found.values()) == still
