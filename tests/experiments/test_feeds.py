"""Who feeds whom, as the objectives tell it."""

import pytest

from gan_core.experiments.feeds import Feed, feeds
from gan_core.presets import PRESETS, preset


def ways(found: list[Feed], phase: str) -> set[tuple[str, str]]:
    """Return (source, reader) of a phase; the loss reads as "loss"."""
    return {(feed.source.name, feed.network or "loss") for feed in found if feed.phase == phase}


def test_the_discriminator_reads_what_the_generator_made_and_real_samples():
    assert ways(feeds(preset("mnist-mlp")), "discriminator") == {
        ("generator.z", "generator"),
        ("generator", "discriminator"),
        ("real", "discriminator"),
        ("discriminator", "loss"),
    }


def test_the_loss_of_pix2pix_reads_samples_and_truth_beside_the_judgement():
    found = ways(feeds(preset("pix2pix")), "generator")

    assert {source for source, reader in found if reader == "loss"} == {"discriminator", "generator", "real"}


def test_translators_of_a_circle_feed_each_other():
    found = ways(feeds(preset("cyclegan")), "generators")

    assert {("a_to_b", "b_to_a"), ("b_to_a", "a_to_b"), ("a_to_b", "judge_b"), ("b_to_a", "judge_a")} <= found


def test_a_penalty_on_the_discriminator_is_no_way_from_the_generator_into_the_loss():
    assert ("generator", "loss") not in ways(feeds(preset("mnist-wgan-gp")), "discriminator")


def test_codes_of_an_infogan_are_read_by_the_loss_that_they_are_compared_in():
    found = ways(feeds(preset("mnist-infogan")), "generator")

    assert {source for source, reader in found if reader == "loss"} >= {"generator.code", "generator.style"}


@pytest.mark.parametrize("name", PRESETS)
def test_every_phase_has_a_loss_that_reads_a_network_and_every_network_is_fed(name: str):
    experiment = preset(name)
    found = feeds(experiment)

    for phase in experiment.phases:
        assert any(feed.source.draw is None for feed in found if feed.phase == phase.name and not feed.network)
    assert {feed.network for feed in found} >= {*experiment.networks}
