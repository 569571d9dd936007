"""Every preset is a whole experiment, and its parameters are set like any key."""

import inspect
import re

import numpy as np
import pytest
from PIL import Image
from scipy.io import wavfile

from gan_core.errors import SpecError, UsageError
from gan_core.experiments.cost import step_multiply_adds
from gan_core.experiments.data_fit import check_data
from gan_core.experiments.describe import describe
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import from_text, to_json, to_toml
from gan_core.experiments.initial_values import all_initial_values
from gan_core.presets import PRESETS, preset
from gan_core.presets.few_images import augmented
from gan_core.presets.loading import load_experiment
from gan_core.specs import layers as L
from gan_core.training.alternation import Alternation


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_a_file_and_back(name):
    made = preset(name)

    assert from_text(to_toml(made), ".toml") == made
    assert from_text(to_json(made), ".json") == made


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_names_its_paper_and_its_cost(name):
    """The docstring cites the year of the paper in `gan list`; a step costs something."""
    entry = PRESETS[name]
    years = re.findall(r"\d{4}", entry.paper)

    assert entry.make.__doc__ is not None
    assert all(year in entry.make.__doc__ for year in years), entry.make.__doc__
    assert step_multiply_adds(preset(name)) > 0


def test_width_scales_every_channel_count():
    narrow = load_experiment("mnist-dcgan", ["width=0.25"])

    shapes = [node.plan.output_shape[0] for node in narrow.plans["discriminator"].nodes if "conv" in node.name]
    assert shapes == [32, 64, 128, 1]


@pytest.mark.parametrize("change", ["width=-1", "width=wide", "width=true", "width=inf", "width=nan", "width=1e300"])
def test_a_width_that_is_no_positive_number_is_refused(change):
    with pytest.raises(UsageError, match="not a positive number"):
        load_experiment("mnist-dcgan", [change])


def test_a_parameter_that_a_preset_lacks_is_answered_with_those_it_has():
    with pytest.raises(SpecError, match=r"no parameter 'width'; it takes channels=1, size=28, folder=FOLDER"):
        load_experiment("mnist-mlp", ["width=0.5"])
    with pytest.raises(UsageError, match="no parameter 'modes'; it takes no parameters"):
        preset("mixture-8", modes=3)


PARAMETERS = {
    "digits-mlp": "channels size folder",
    "mnist-mlp": "channels size folder",
    "mnist-wgan": "channels size folder",
    "mnist-wgan-gp": "channels size folder",
    "mixture-8": "",
    "mnist-maxout": "channels size folder",
    "mnist-cgan": "classes channels size folder",
    "mnist-r1": "channels size folder",
    "mnist-dragan": "channels size folder",
    "mnist-relativistic": "channels size folder",
    "mnist-dcgan": "width channels size folder start",
    "mnist-wgan-gp-conv": "width channels size folder generator_every",
    "mnist-cond-wgan-gp": "width classes channels size folder fake_classes",
    "mnist-sngan": "width channels size folder",
    "dcgan-64": "width channels size folder classes start",
    "frog-dcgan": "width repeats channels folder",
    "anime-dcgan-96": "width channels folder augmentation last",
    "diffaugment-dcgan": "width channels size folder augmentation",
    "gan-ada": "width channels size folder",
    "stylegan2-small": "width channels size folder mixing mapping",
    "wavegan": "width length folder",
    "cyclegan": "width blocks channels size folder padding",
    "cyclegan-colour": "width blocks size folder padding",
    "began": "width channels folder",
    "ebgan": "channels size folder",
    "minibatch-discrimination": "channels size folder features",
    "pacgan": "pack modes",
    "mnist-pacgan": "pack channels size folder",
    "stacked-mnist": "pack share width folder",
    "unrolled": "unroll",
    "mnist-unrolled": "unroll channels size folder",
    "multi-generator": "generators",
    "mnist-multi-generator": "generators channels size folder",
    "mnist-lsgan": "width channels size folder",
    "mnist-began": "width channels size folder",
    "mnist-bgan": "channels size folder",
    "mnist-softmax-gan": "channels size folder",
    "mnist-wgan-div": "channels size folder",
    "keras-dcgan": "width channels folder",
    "keras-wgan-gp": "width channels folder",
    "keras-conditional-gan": "width classes channels folder",
    "cogan": "width channels size folder",
    "discogan": "width channels folder",
    "dualgan": "width channels folder",
    "mnist-acgan": "width classes channels size folder",
    "mnist-infogan": "width channels size folder",
    "mnist-infogan-script": "width channels size folder",
    "mnist-semi-supervised": "labels classes channels size folder",
    "cifar-sngan-resnet": "width channels folder",
    "cifar-projection": "width classes channels folder",
    "cifar-sagan": "width classes channels folder",
    "biggan-small": "width classes channels folder attention",
    "reacgan": "width classes channels folder",
    "ssgan": "width channels folder",
    "infomax-gan": "width channels folder",
    "mnist-bigan": "channels size folder",
    "pix2pix": "width channels size patch folder pairs",
    "pix2pix-colour": "width size patch folder",
    "context-encoder": "width channels size code folder",
    "srgan": "width channels size factor blocks warm_up folder",
    "bicyclegan": "width channels size latent patch folder",
    "stargan": "width size blocks classes folder",
    "aae": "channels size folder",
    "timegan": "data path without length units layers cell stage batch",
    "ctgan": "path categories without target missing modes width batch pack",
}
ON_FOLDERS = [name for name, words in PARAMETERS.items() if "folder" in words and "length" not in words]


def test_every_preset_of_images_takes_a_folder_and_what_its_images_are():
    assert {name: " ".join(inspect.signature(entry.make).parameters) for name, entry in PRESETS.items()} == PARAMETERS


@pytest.mark.parametrize("name", PRESETS)
def test_parameters_named_with_their_defaults_change_nothing(name):
    parameters = inspect.signature(PRESETS[name].make).parameters.values()
    defaults = {one.name: one.default for one in parameters if one.default != "" and one.name != "folder"}

    assert preset(name, **defaults) == preset(name)


# of the networks; of those up to mnist-multi-generator before presets took images of other kinds
PARAMETER_COUNTS = {
    "digits-mlp": 104_129,
    "mnist-mlp": 2_023_441,
    "mnist-wgan": 2_023_441,
    "mnist-wgan-gp": 2_023_441,
    "mixture-8": 67_203,
    "mnist-maxout": 3_735_425,
    "mnist-cgan": 2_062_841,
    "mnist-r1": 2_023_441,
    "mnist-dragan": 2_023_441,
    "mnist-relativistic": 2_023_440,
    "mnist-dcgan": 6_077_696,
    "mnist-wgan-gp-conv": 1_727_361,
    "mnist-cond-wgan-gp": 1_870_017,
    "mnist-sngan": 1_727_809,
    "dcgan-64": 23_694_592,
    "frog-dcgan": 7_055_492,
    "anime-dcgan-96": 15_429_312,
    "diffaugment-dcgan": 3_576_704 + 2_765_568,
    "gan-ada": 1_372_673 + 966_145,
    "stylegan2-small": 288_491 + 288_929,
    "wavegan": 19_065_345 + 17_427_969,
    "cyclegan": 21_195_656,
    "cyclegan-colour": 21_195_656,
    "began": 3_092_098,
    "ebgan": 2_590_048,
    "minibatch-discrimination": 2_064_433,
    "pacgan": 67_459,
    "mnist-pacgan": 2_424_849,
    "stacked-mnist": 286_795 + 571,
    "unrolled": 67_203,
    "mnist-unrolled": 2_023_441,
    "multi-generator": 168_717,
    "mnist-multi-generator": 2_860_613,
    "mnist-lsgan": 1_147_650,
    "mnist-began": 1_821_122,
    "mnist-bgan": 2_041_745,
    "mnist-softmax-gan": 2_041_744,
    "mnist-wgan-div": 2_041_744,
    "keras-dcgan": 3_979_651 + 404_801,  # as keras.io prints them
    "keras-wgan-gp": 902_082 + 4_305_409,
    "keras-conditional-gan": 1_491_215 + 80_385,
    "cogan": 1_222_628,
    "discogan": 19_838_096,
    "dualgan": 36_018_696,
    "mnist-acgan": 1_050_793 + 102_987,
    "mnist-infogan": 6_645_121 + 6_690_893,
    "mnist-infogan-script": 836_801 + 104_269,
    "mnist-semi-supervised": 694_784 + 1_538_760,
    "cifar-sngan-resnet": 4_274_435 + 1_053_824,
    "cifar-projection": 4_302_083 + 1_055_104,
    "cifar-sagan": 4_384_004 + 1_075_585,
    "biggan-small": 371_779 + 265_409,
    "reacgan": 743_652 + 159_858,
    "ssgan": 4_274_435 + 1_054_341,
    "infomax-gan": 4_274_435 + 1_613_185,
    "mnist-bigan": 5_708_800,
    "pix2pix": 29_244_611 + 139_585,
    "pix2pix-colour": 16_657_603 + 137_537,
    "context-encoder": 70_284_096 + 136_448,
    "srgan": 1_548_547 + 6_786_433,
    "bicyclegan": 29_252_803 + 1_712_464 + 2 * 136_513,
    "stargan": 8_427_392 + 2_769_344,
    "aae": 1_729_557,
    "timegan": 49_783,
    "ctgan": 162_054 + 189_184,
}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_s_networks_have_the_published_sizes(name):
    made = preset(name)

    assert sum(made.plans[network].parameters for network in made.networks) == PARAMETER_COUNTS[name]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Two classes of three images each, in colour; and the same as two unpaired domains."""
    place = tmp_path_factory.mktemp("images")
    for folder in ("classes/cat", "classes/dog", "domains/trainA", "domains/trainB"):
        (place / folder).mkdir(parents=True)
        for number in range(3):
            pixels = np.random.default_rng(number).integers(0, 256, (40, 50, 3), np.uint8)
            Image.fromarray(pixels).save(place / folder / f"{number}.png")
    return place


@pytest.mark.parametrize("name", ON_FOLDERS)
def test_a_folder_of_ones_own_fits_a_preset_of_any_channels_size_and_classes(name, folders, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(folders / "cache"))
    words = PARAMETERS[name].split()
    of_two = ("cyclegan", "discogan", "dualgan", "pix2pix", "bicyclegan")
    folder = folders / ("domains" if name in of_two else "classes")
    side = 32 if name.startswith("cyclegan") else 16  # its patches of 16×16 have a single pixel left
    for channels in (1, 3) if "channels" in words else (None,):
        wanted = {"folder": str(folder), "channels": channels, "size": side, "classes": 2, "labels": 2, "width": 0.1}
        given = {key: value for key, value in wanted.items() if key in words and value is not None}
        made = load_experiment(name, [f"{key}={value}" for key, value in given.items()])
        dataset = made.data.load(None)

        check_data(made, dataset)
        assert dataset.shape[0] == (channels or 3)
        shown = side // 2 if name == "context-encoder" else side  # its samples are the hidden centres
        assert ("size" not in words) or dataset.shape[1:] == (shown, shown)
        assert (
            dataset.value_range == preset(name).data.value_range if hasattr(preset(name).data, "value_range") else True
        )


def test_wavegan_takes_a_folder_of_sounds_and_their_length(tmp_path):
    for name in ("a", "b"):
        wavfile.write(tmp_path / f"{name}.wav", 4000, np.zeros(5000, np.float32))
    made = load_experiment("wavegan", [f"folder={tmp_path}", "length=4096", "width=0.1"])

    check_data(made, made.data.load(None))
    assert made.summary == f"WaveGAN on the sounds in {tmp_path}"
    assert (made.data.length, made.data.rate) == (4096, 4000)
    with pytest.raises(SpecError, match=r"length: expected 256, 1024, 4096, 16384 or 65536.*got 1000"):
        preset("wavegan", length=1000)


@pytest.mark.parametrize("name", ["mnist-cgan", "mnist-cond-wgan-gp"])
def test_a_conditional_preset_on_class_folders_has_a_row_for_each_class(name, folders):
    made = load_experiment(name, [f"folder={folders / 'classes'}", "classes=2"])

    assert made.data.labels == "subfolders"
    assert {given.classes for plan in made.plans.values() for given in plan.inputs.values() if given.classes} == {2}
    if name == "mnist-cond-wgan-gp":
        assert made.sampling.rows == 2


def test_a_folder_of_ones_own_has_the_range_of_the_generator():
    assert load_experiment("mnist-maxout", ["folder=cats"]).data.value_range == (0, 1)  # it ends in a sigmoid
    assert load_experiment("frog-dcgan", ["folder=cats"]).data.value_range == (0, 1)  # as its own data have
    assert load_experiment("mnist-mlp", ["folder=cats"]).data.value_range == (-1, 1)


def test_a_preset_on_a_folder_says_so_in_its_summary():
    made = load_experiment("mnist-cgan", ["folder=2024", "classes=2"])

    assert made.data.path == "2024"
    assert made.summary == "conditional GAN with MLP networks on the images in 2024"


def test_dcgan_halves_its_channels_from_layer_to_layer_at_any_side():
    """At 64 the published 1024-512-256-128, at 128 one layer more."""
    counts = {}
    for size in (32, 64, 128):
        nodes = load_experiment("dcgan-64", [f"size={size}"]).plans["generator"].nodes
        counts[size] = [node.plan.output_shape[0] for node in nodes if "conv" in node.name]
    assert counts == {32: [1024, 512, 256, 3], 64: [1024, 512, 256, 128, 3], 128: [1024, 512, 256, 128, 64, 3]}


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("dcgan-64", "size=50", "size: expected 8, 16, 32, 64 … .*, got 50"),
        ("dcgan-64", "size=4", "got 4"),
        ("mnist-mlp", "channels=2", "channels: expected 1 for grey or 3 for colour, got 2"),
        ("mnist-mlp", "channels=1.5", "not a whole number"),
        ("mnist-mlp", "folder=true", "folder True is no folder's name"),
        ("mnist-mlp", "folder=", "folder '' is no folder's name"),
        ("mnist-cgan", "classes=0", "classes 0 is not a positive number"),
        ("mnist-dcgan", "start=torch", "start 'torch' is none of its words; did you mean 'pytorch'"),
        ("mnist-dcgan", "start=1", "start 1 is none of its words.*paper, pytorch"),
        ("mnist-dcgan", "strat=pytorch", r"takes .*start=paper\|pytorch"),
        ("mnist-cond-wgan-gp", "fake_classes=fake", "fake_classes 'fake' is none of its words.*random, real"),
    ],
)
def test_a_parameter_that_does_not_suit_is_refused(name, change, words):
    with pytest.raises(UsageError, match=words):
        load_experiment(name, [change])


def test_a_pack_that_does_not_divide_the_batch_is_refused():
    with pytest.raises(SpecError, match="pack 7 does not divide the batch size 120"):
        load_experiment("pacgan", ["pack=7"])


def test_a_negative_unrolling_is_refused():
    with pytest.raises(SpecError, match="unroll"):
        load_experiment("unrolled", ["phases.generator.objective.unroll=-1"])


def test_packing_puts_neighbours_side_by_side():
    """Samples (1,2), (3,4), (5,6), (7,8) in twos are (1,2,3,4) and (5,6,7,8)."""
    from gan_core.objectives.context import pack
    from gan_core.testing.numpy_ops import NumpyOps

    packed = pack(NumpyOps(), np.arange(1.0, 9.0).reshape(4, 2), 2)

    np.testing.assert_array_equal(packed, [[1, 2, 3, 4], [5, 6, 7, 8]])


def test_a_range_is_shown_as_two_numbers_and_a_shape_as_sides():
    shown = describe(preset("mnist-maxout"))

    assert "value_range [0, 1]" in shown
    assert "1×28×28" in shown


# the parameters by which a preset follows a tutorial


def deviations(made: Experiment) -> dict[str, list[float]]:
    """The standard deviations of the initial weights of both networks' convolutions, first to last."""
    values = all_initial_values(made)
    return {
        network: [float(values[network][name].std()) for name in values[network] if "conv" in name]
        for network in ("generator", "discriminator")
    }


def test_a_dcgan_starts_as_its_paper_s_or_as_pytorch_s():
    """PyTorch draws U(±1/√fan_in), of deviation 1/√(3 fan_in); for transposed convolutions fan_in is of the outputs."""
    paper, pytorch = (deviations(load_experiment("mnist-dcgan", [f"start={word}"])) for word in ("paper", "pytorch"))

    assert paper["generator"] == pytest.approx([0.02] * 4, rel=0.05)
    assert pytorch["generator"] == pytest.approx([(3 * 16 * n) ** -0.5 for n in (512, 256, 128, 1)], rel=0.05)
    assert pytorch["discriminator"] == pytest.approx([(3 * 16 * n) ** -0.5 for n in (1, 128, 256, 512)], rel=0.05)


def test_faces_can_be_enlarged_without_a_kernel_that_leaves_a_lattice():
    published, resized = (preset("anime-dcgan-96", last=last).plans["generator"] for last in ("transposed", "resized"))

    assert resized.outputs == published.outputs
    strides = [node.layer.stride for node in resized.nodes if isinstance(node.layer, L.ConvTranspose)]
    assert 3 not in strides
    assert [node.layer.stride for node in published.nodes if isinstance(node.layer, L.ConvTranspose)] == [*strides, 3]


@pytest.mark.parametrize("name", ["anime-dcgan-96", "diffaugment-dcgan"])
def test_an_augmentation_stands_before_what_the_discriminator_judges(name):
    plain, changed = (
        preset(name, augmentation=policy).networks["discriminator"].layers for policy in ("none", "flip-translation")
    )

    assert changed == (L.RandomFlip(), L.RandomTranslation(), *plain)


def test_an_augmented_discriminator_keeps_its_heads():
    of_two_heads = preset("mnist-acgan").networks["discriminator"]

    assert of_two_heads.outputs
    assert augmented(of_two_heads, "flip-translation").outputs == of_two_heads.outputs


def test_the_two_wgan_gps_of_digits_make_as_many_updates_an_epoch():
    alone = Alternation(load_experiment("mnist-wgan-gp-conv", ["generator_every=5"]))
    told = Alternation(load_experiment("mnist-cond-wgan-gp"))
    for player in ("discriminator", "generator"):
        assert alone.updates_before(player, 937) == told.updates_before(player, 937)
    assert Alternation(load_experiment("mnist-wgan-gp-conv")).updates_before("discriminator", 937) == 5 * 937


def test_a_dcgan_of_classes_tells_them_to_both_networks():
    made = load_experiment("dcgan-64", ["classes=3", "channels=1", "folder=scans", "width=0.1"])

    assert made.data.labels == "subfolders"
    assert made.data.channels == 1
    assert made.plans["generator"].inputs["label"].classes == 3
    assert made.plans["discriminator"].inputs["label"].classes == 3
    assert made.sample_shape == (1, 64, 64)
    assert made.sampling.rows == 3


def test_the_minibatch_discriminator_can_be_a_tutorial_s():
    """784-512-512, 32 kernels of 5 dimensions, 544-1: 747,041 parameters."""
    made = load_experiment("minibatch-discrimination", ["features=512"])
    assert made.plans["discriminator"].parameters == 747_041


def test_the_critic_s_samples_can_be_of_drawn_classes():
    discriminator, generator = load_experiment("mnist-cond-wgan-gp", ["fake_classes=random"]).phases
    assert discriminator.objective.fake_classes == "random"
    assert generator.objective.fake_classes == "random"


@pytest.mark.parametrize("name", ["cyclegan", "cyclegan-colour"])
def test_a_cyclegan_that_reflects_edges_has_the_same_weights_and_sizes(name):
    """The image is reflected before each convolution that keeps its size; the strided ones have zeros in both."""
    zeros, reflected = preset(name, blocks=2), preset(name, blocks=2, padding="reflect")

    for network in ("a_to_b", "judge_a"):
        plans = [made.plans[network] for made in (zeros, reflected)]
        assert plans[0].output_shape == plans[1].output_shape
        assert [weight.shape for weight in plans[0].weights.values()] == [
            weight.shape for weight in plans[1].weights.values()
        ]
    nodes = reflected.plans["a_to_b"].nodes
    modes = [node.layer.padding_mode for node in nodes if isinstance(node.layer, L.Conv)]
    assert modes == ["reflect", "zeros", "zeros", *["reflect"] * 5]
    assert reflected.networks["judge_a"] == zeros.networks["judge_a"]
