"""Which domain of the data a network reads, and which it makes; no framework needed."""

import msgspec
import numpy as np
import pytest

from gan_core.data.dataset import Dataset
from gan_core.errors import DataError
from gan_core.experiments.cost import step_multiply_adds
from gan_core.experiments.data_fit import check_data
from gan_core.experiments.domain_shapes import domain_shapes
from gan_core.experiments.experiment import Average
from gan_core.experiments.translations import (
    input_domain,
    output_domain,
    sampling_from,
    sheet_networks,
    translation_of,
    way_back,
)
from gan_core.objectives import CycleDiscriminators, CycleGenerators, Objective
from gan_core.objectives.base import Translation
from gan_core.presets import preset
from gan_core.presets.loading import load_experiment
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network


def domains(a: tuple[int, ...] = (3, 64, 64), b: tuple[int, ...] = (3, 64, 64)) -> Dataset:
    other = Dataset(name="b", samples=np.full((3, *b), 255, np.uint8))
    return Dataset(name="a", samples=np.zeros((2, *a), np.uint8), second_domain=other)


def small(*changes: str):
    return load_experiment("cyclegan", ["width=0.05", "blocks=1", *changes])


def grey_to_colour(sampled: str = "a_to_b"):
    """A CycleGAN between domains of one and of three channels."""

    def network(channels: int, made: int | None) -> Network:
        last = [L.Conv(channels=made, kernel=3, padding=1), L.Tanh()] if made else [L.Flatten(), L.Dense(units=1)]
        return Network(inputs={"image": Input(kind="data", shape=(channels, 8, 8))}, layers=tuple(last))

    made = preset("cyclegan-colour", width=0.05, blocks=1)
    networks = {
        "a_to_b": network(1, 3),
        "b_to_a": network(3, 1),
        "judge_a": network(1, None),
        "judge_b": network(3, None),
    }
    phases = [msgspec.structs.replace(made.phases[0], objective=CycleGenerators(identity_weight=0)), made.phases[1]]
    sampling = msgspec.structs.replace(made.sampling, network=sampled)
    return msgspec.structs.replace(made, networks=networks, phases=tuple(phases), sampling=sampling)


@pytest.mark.parametrize(("network", "read", "made"), [("a_to_b", "a", "b"), ("b_to_a", "b", "a")])
def test_a_translation_reads_the_domain_that_its_phase_feeds_it(network, read, made):
    assert input_domain(small(), domains(), network).name == read
    assert output_domain(small(), domains(), network).name == made


def test_an_average_reads_what_its_network_reads():
    experiment = msgspec.structs.replace(small(), averages={"slow": Average(of="b_to_a")})

    assert translation_of(experiment, "slow") == Translation(reads="second", makes="first")


def test_the_way_back_is_the_other_network_of_the_objective():
    assert way_back(small(), "a_to_b") == "b_to_a"
    assert way_back(small(), "b_to_a") == "a_to_b"
    assert way_back(load_experiment("began", ["width=0.05"]), "generator") is None


def test_an_average_leads_back_by_an_average_if_there_is_one():
    experiment = msgspec.structs.replace(small(), averages={"slow": Average(of="b_to_a")})
    both = msgspec.structs.replace(experiment, averages={"slow": Average(of="b_to_a"), "slow_a": Average(of="a_to_b")})

    assert way_back(experiment, "slow") == "a_to_b"
    assert way_back(both, "slow") == "slow_a"


def test_what_leads_back_is_built_beside_what_is_sampled():
    assert sheet_networks(sampling_from(small(), "a_to_b")) == ("a_to_b", "b_to_a")
    assert sheet_networks(small()) == ("a_to_b", "b_to_a")
    assert sheet_networks(load_experiment("began", ["width=0.05"])) == ("generator",)


@pytest.mark.parametrize("sampled", ["a_to_b", "b_to_a"])
def test_domains_of_different_shapes_fit_their_networks(sampled):
    """Grey images against colour ones: each network's output is compared with the domain that it makes."""
    experiment = grey_to_colour(sampled)

    check_data(experiment, domains((1, 8, 8), (3, 8, 8)))
    assert domain_shapes(experiment) == {"first": (1, 8, 8), "second": (3, 8, 8)}
    assert step_multiply_adds(experiment) > 0


@pytest.mark.parametrize("sampled", ["a_to_b", "b_to_a"])
def test_domains_the_wrong_way_round_are_refused(sampled):
    with pytest.raises(DataError, match=f"network '{sampled}' makes samples of shape"):
        check_data(grey_to_colour(sampled), domains((3, 8, 8), (1, 8, 8)))


def test_a_network_that_reads_no_samples_of_the_data_makes_no_sheet():
    """BEGAN's decoder makes images, of codes that no data hold."""
    experiment = load_experiment("began", ["width=0.05", "sampling.network=decoder"])
    images = Dataset(name="faces", samples=np.zeros((40, 1, 32, 32), np.uint8))

    with pytest.raises(DataError, match=r"'decoder' reads data of shape \[64\], but 'faces' holds \[1, 32, 32\]"):
        check_data(experiment, images)


class Mute(CycleGenerators, frozen=True, kw_only=True):
    """Says nothing of what its networks translate."""

    def translations(self):
        return {}


class MuteJudges(CycleDiscriminators, frozen=True, kw_only=True):
    """Nor do these."""

    translations = Mute.translations


for _mute in ("mute", "mute_judges"):
    Objective.variants.pop(_mute)


def silent(identity_weight: float):
    made = small()
    objectives = (Mute(identity_weight=identity_weight), MuteJudges())
    phases = [msgspec.structs.replace(p, objective=o) for p, o in zip(made.phases, objectives, strict=True)]
    return msgspec.structs.replace(made, phases=tuple(phases))


def test_what_a_phase_feeds_a_network_tells_its_domain():
    """Where the objective says nothing."""
    assert input_domain(silent(identity_weight=0), domains(), "a_to_b").name == "a"
    assert input_domain(silent(identity_weight=0), domains(), "b_to_a").name == "b"


def test_a_network_that_is_fed_both_domains_is_refused():
    """With an identity loss each generator is fed either."""
    with pytest.raises(DataError, match=r"'b_to_a' reads samples, and no phase.* says of which domain of 'a'"):
        input_domain(silent(identity_weight=5), domains(), "b_to_a")


def test_one_domain_needs_no_word():
    """An encoder and decoder of one's own: what reads samples reads those there are."""
    images = Dataset(name="faces", samples=np.zeros((40, 1, 32, 32), np.uint8))
    experiment = load_experiment("began", ["width=0.05"])

    assert input_domain(experiment, images, "encoder") is images
