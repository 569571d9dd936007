"""Phases, players and heads: what does not fit is refused in one line; the shared and the spared."""

import dataclasses

import msgspec
import numpy as np
import pytest

from codes_experiment import (
    CLASSES,
    CODES,
    codes_experiment,
    discriminator,
    discriminators_phase,
    generators_phase,
    information_phase,
)
from gan_core.data.dataset import Dataset
from gan_core.errors import DataError, SpecError
from gan_core.experiments.data_fit import check_data
from gan_core.experiments.experiment import Phase, Player
from gan_core.experiments.files import from_text, to_toml
from gan_core.objectives import (
    AdversarialDiscriminator,
    AdversarialGenerator,
    AuxiliaryClassifier,
    FeatureMatching,
    MutualInformation,
    SampleDistance,
)
from gan_core.plans.plans import plan_network
from gan_core.presets import preset
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam

replace = msgspec.structs.replace


def refused(match: str, *phases: Phase, **changes) -> None:
    with pytest.raises(SpecError, match=match) as caught:
        codes_experiment(phases or None, **changes)
    assert "\n" not in str(caught.value)


def test_an_experiment_with_heads_comes_back_from_its_file() -> None:
    made = codes_experiment()

    assert from_text(to_toml(made), ".toml") == made


# outputs


def test_a_plan_knows_each_output_and_means_the_first() -> None:
    plan = plan_network("discriminator", discriminator())

    assert plan.outputs == {"validity": (1,), "class_head": (10,), "code_head": (3,), "angle_head": (2,)}
    assert (plan.output, plan.output_shape) == ("validity", (1,))


def test_an_output_that_is_read_again_is_kept_to_the_end() -> None:
    layers = (L.Dense(units=2, name="first"), L.Tanh(name="second"), L.Dense(units=3, name="third"))
    x = {"x": Input(kind="data", shape=(2,))}
    plan = plan_network("net", Network(inputs=x, layers=layers, outputs=("third", "first")))

    assert [node.last_uses for node in plan.nodes] == [("x",), (), ("second",)]


@pytest.mark.parametrize(
    ("outputs", "match"),
    [
        (("validty", "class_head"), "'validty' is no layer of it; did you mean 'validity'"),
        (("validity", "image"), "'image' is no layer of it"),
        (("validity", "validity"), "expected different layers"),
    ],
)
def test_outputs_that_are_no_layers_are_refused(outputs, match) -> None:
    with pytest.raises(SpecError, match=match):
        plan_network("discriminator", replace(discriminator(), outputs=outputs))


def test_a_head_that_nothing_reads_is_refused() -> None:
    refused("no phase reads 'code_head'", generators_phase(), discriminators_phase())


# terms


@pytest.mark.parametrize(
    ("term", "match"),
    [
        (AuxiliaryClassifier(head="classes"), "no output 'classes'; did you mean 'class_head'"),
        (AuxiliaryClassifier(head="code_head"), "has 3 units for 10 classes"),
        (MutualInformation(codes={"cod": "code_head"}), "reads no latent 'cod'; did you mean 'code'"),
        (MutualInformation(codes={"label": "class_head"}), "reads no latent 'label'"),
        (MutualInformation(codes={"code": "angle_head"}), r"has the shape \[2\], but the code 'code' \[3\]"),
        (FeatureMatching(head="features"), "no output 'features'"),
        (SampleDistance(), "reads no field of the data"),
        (SampleDistance(output="mask"), "has no output 'mask'"),
    ],
)
def test_a_term_whose_networks_lack_what_it_reads_is_refused(term, match) -> None:
    phase = generators_phase(objective=AdversarialGenerator(terms=(term,)))
    refused(match, phase, discriminators_phase(objective=AdversarialDiscriminator()), information_phase())


@pytest.mark.parametrize("term", [FeatureMatching(head="validity"), SampleDistance()])
def test_a_term_of_the_generator_is_refused_in_the_discriminators_loss(term) -> None:
    phase = discriminators_phase(objective=AdversarialDiscriminator(terms=(term,)))
    refused("moves the generator alone", generators_phase(objective=AdversarialGenerator()), phase)


def test_no_loss_and_no_terms_leave_nothing_to_minimise() -> None:
    with pytest.raises(SpecError, match="nothing to minimise"):
        AdversarialGenerator(loss_weight=0.0)


@pytest.mark.parametrize(
    ("fields", "match"),
    [({"codes": {}}, "expected codes with their heads"), ({"codes": {"a": "b"}, "deviations": {"c": "d"}}, "'c'")],
)
def test_codes_that_say_nothing_are_refused(fields, match) -> None:
    with pytest.raises(SpecError, match=match):
        MutualInformation(**fields)


# phases and players


def test_a_phase_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(SpecError, match="ends at step 9, before it starts at step 10"):
        generators_phase(first_step=10, last_step=9)


@pytest.mark.parametrize("players", [(), ("generator", "generator")])
def test_a_phase_moves_different_players_and_at_least_one(players) -> None:
    with pytest.raises(SpecError, match="expected one player, or several different ones"):
        generators_phase(player=players)


def test_a_window_and_counting_anew_exclude_each_other() -> None:
    with pytest.raises(SpecError, match="leave out first_step and last_step"):
        generators_phase(each_epoch_anew=True, first_step=2)


def test_no_update_moves_a_network_twice() -> None:
    phases = (generators_phase(), discriminators_phase(), information_phase(player=("information", "generator")))
    refused("would both move the network 'generator' in one update", *phases)


def test_an_unknown_player_among_several_is_named() -> None:
    refused("unknown player 'generatr'; did you mean 'generator'", generators_phase(player=("generatr",)))


def test_a_player_of_unknown_networks_is_refused() -> None:
    player = Player(networks=("generatr",), optimizer=Adam(learning_rate=0.1))
    refused("player 'extra': unknown network 'generatr'", players=codes_experiment().players | {"extra": player})


# what phases of a step share


def test_samples_that_one_phase_alone_shares_are_refused() -> None:
    alone = discriminators_phase(objective=AdversarialDiscriminator(terms=(CLASSES,)))
    refused("but no other phase does", generators_phase(), alone, information_phase())


@pytest.mark.parametrize("change", [{"repeats": 2}, {"every_steps": 2}, {"first_step": 3}, {"last_step": 3}])
def test_phases_that_share_run_together(change) -> None:
    refused("must run once in the same steps", generators_phase(), discriminators_phase(**change), information_phase())


def test_the_later_phase_draws_nothing_for_the_samples_it_takes() -> None:
    made = codes_experiment()
    first, second, _ = made.phases

    assert {"generator.z", "generator.label", "generator.code", "generator.angle"} <= made.draws_of(first).keys()
    assert made.draws_of(second).keys() == {"real", "real_label"}


def paired(batch: str):
    """A generator and a discriminator that read the field "source", with shared samples."""
    source = Input(kind="data", shape=(1, 8, 8), field="source")
    networks = {
        "generator": Network(inputs={"source": source}, layers=(L.Tanh(),)),
        "discriminator": Network(
            inputs={"image": Input(kind="data", shape=(1, 8, 8)), "source": source},
            layers=(L.Concat(inputs=("image", "source")), L.Flatten(), L.Dense(units=1)),
        ),
    }
    generator = AdversarialGenerator(shares_samples=True, terms=(SampleDistance(), CODES)[:1])
    phases = (
        generators_phase(objective=generator, batch=batch),
        discriminators_phase(objective=AdversarialDiscriminator(shares_samples=True), batch=batch),
    )
    players = {name: player for name, player in codes_experiment().players.items() if name != "information"}
    return codes_experiment(phases, networks=networks, players=players)


def test_shared_samples_of_fields_are_of_one_batch() -> None:
    with pytest.raises(SpecError, match='set batch = "step" of the phases that share them'):
        paired("next")
    assert paired("step").draws_of(paired("step").phases[0]).keys() == {"field.source", "real"}


@pytest.mark.parametrize(
    ("fields", "match"),
    [
        ({}, "has no field 'source'"),
        ({"source": np.zeros((4, 1, 8, 9))}, r"reads the field 'source' with the shape \[1, 8, 8\], but in"),
    ],
)
def test_data_without_the_field_that_a_network_reads_are_refused(fields, match) -> None:
    dataset = Dataset(name="four", samples=np.zeros((4, 1, 8, 8)), fields=fields)
    with pytest.raises(DataError, match=match):
        check_data(paired("step"), dataset)


def test_a_latent_reads_no_field() -> None:
    with pytest.raises(SpecError, match="a latent input reads no field"):
        Input(kind="latent", shape=(2,), field="source")


def test_data_with_the_field_fit() -> None:
    fields = {"source": np.zeros((4, 1, 8, 8))}
    check_data(paired("step"), dataclasses.replace(Dataset(name="four", samples=np.zeros((4, 1, 8, 8))), fields=fields))


def test_two_phases_that_leave_the_same_for_the_step_are_refused() -> None:
    made = preset("cyclegan", width=0.05, blocks=1)
    twice = (made.phases[0], replace(made.phases[0], name="again"), made.phases[1])
    with pytest.raises(SpecError, match="phases 'generators' and 'again' would both leave real of domain a"):
        replace(made, phases=twice)
