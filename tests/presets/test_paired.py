"""Presets that learn from pairs have the networks, the losses and the data of their papers."""

import pytest

from gan_core.data.derived_pairs import FromGrey
from gan_core.data.pairs import PairedFolders, SideBySide
from gan_core.errors import SpecError, UsageError
from gan_core.presets import preset
from gan_core.presets.loading import load_experiment
from gan_core.presets.u_nets import patch_for
from gan_core.specs import layers as L


def test_pix2pix_at_256_pixels_has_the_networks_of_the_paper():
    """C64-C128-C256-C512-C512-C512-C512-C512 down; 54.41 and 2.77 million parameters, as the authors' code prints."""
    made = preset("pix2pix", size=256)
    nodes = made.plans["generator"].nodes
    down = [node.plan.output_shape for node in nodes if isinstance(node.layer, L.Conv)]

    assert [shape[0] for shape in down] == [64, 128, 256, 512, 512, 512, 512, 512]
    assert down[-1] == (512, 1, 1)
    assert sum(isinstance(node.layer, L.Dropout) for node in nodes) == 3
    assert made.plans["generator"].parameters == 54_413_955 + 64 + 512  # the code's two convolutions without a bias
    assert made.plans["discriminator"].parameters == 2_768_705
    assert made.plans["discriminator"].output_shape == (30 * 30,)


def test_patches_cover_as_much_of_a_picture_as_the_paper_s():
    assert [patch_for(size) for size in (512, 256, 128, 64, 32)] == [70, 70, 34, 16, 16]


def test_a_patch_that_no_number_of_halvings_gives_is_refused():
    with pytest.raises(UsageError, match="patch: expected 16, 34, 70, 142 pixels, got 50"):
        load_experiment("pix2pix", ["patch=50"])


def test_pix2pix_s_players_see_one_batch_and_one_output():
    discriminator, generator = preset("pix2pix").phases

    assert {phase.batch for phase in (discriminator, generator)} == {"step"}
    assert discriminator.objective.shares_samples
    assert generator.objective.shares_samples
    assert discriminator.objective.loss_weight == 0.5
    assert [(type(term).__name__, term.weight) for term in generator.objective.terms] == [("SampleDistance", 100.0)]


def test_pix2pix_trains_on_80_facades_and_holds_out_the_others():
    data = preset("pix2pix").data
    held_out = data.held_out().data

    assert isinstance(data, PairedFolders)
    assert (data.source, data.target, data.count, held_out.first) == ("{split}B", "{split}A", 80, 80)


def test_pairs_of_ones_own_are_two_folders_or_lie_side_by_side():
    folders = preset("pix2pix", folder="maps").data
    side_by_side = preset("pix2pix", folder="maps", pairs="side_by_side").data

    assert isinstance(folders, PairedFolders)
    assert (folders.source, folders.target, folders.count) == ("{split}A", "{split}B", None)
    assert isinstance(side_by_side, SideBySide)


def test_colouring_reads_grey_pictures():
    made = preset("pix2pix-colour")

    assert isinstance(made.data, FromGrey)
    assert made.plans["generator"].inputs["source"].shape == (1, 32, 32)
    assert made.sample_shape == (3, 32, 32)


def test_a_side_that_is_no_power_of_two_is_refused():
    with pytest.raises(SpecError, match=r"size: expected 8, 16, 32, 64 … .*, got 48"):
        preset("pix2pix", size=48)
