"""What is stated of an ONNX file, in its metadata or behind its name, against Pillow and arithmetic by hand."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto
from PIL import Image

from gan_core.data.dataset import Dataset
from gan_core.data.sources import Digits
from gan_core.errors import UsageError
from gan_core.features.choice import choose_extractor
from gan_core.features.onnx_file import OnnxExtractor
from gan_core.features.onnx_settings import PREPARATIONS, parted
from gan_core.training.machine import Machine
from onnx_files import node, onnx_file, written

RANGE = (-1.0, 1.0)
FREE = ("N", "C", "H", "W")  # as exporters leave a network that takes pictures of any size
RANDOM = np.random.default_rng(0)


def tokens_file(path: Path, metadata: dict[str, str] | None = None) -> Path:
    """[N, 3, 4, 4] → [N, 3, 16], a token for each channel."""
    nodes = [node("Reshape", "x shape", "last_hidden_state")]
    outputs: list[tuple[str, list[int | str | None]]] = [("last_hidden_state", ["N", None, 16])]
    return written(path, nodes, outputs, {"shape": np.array([0, 3, 16])}, ("N", 3, 4, 4), metadata)


def by_pillow(images: np.ndarray, side: int) -> np.ndarray:
    """[N, 3, H, W] in −1 … 1 → bytes, resized as a picture of three bands, [N, 3, side, side] in 0 … 1."""
    rounded = np.round((images + 1) / 2 * 255).astype(np.uint8).transpose(0, 2, 3, 1)
    pictures = [Image.fromarray(one).resize((side, side), Image.Resampling.BICUBIC) for one in rounded]
    return np.stack([np.asarray(one) for one in pictures]).transpose(0, 3, 1, 2) / 255


@pytest.mark.parametrize("side", [32, 224, 300])
def test_dinov2_prepares_pictures_as_published(tmp_path, side):
    """Bytes, Pillow's bicubic of the picture to 224 × 224, ImageNet's mean and deviation."""
    images = RANDOM.uniform(-1, 1, (1, 3, side, side))
    mean, deviation = (np.reshape(one, (3, 1, 1)) for one in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    pooled = [node("AveragePool", "x", "small", kernel_shape=[7, 7], strides=[7, 7]), node("Flatten", "small", "flat")]
    path = written(tmp_path / "d.onnx", pooled, [("flat", ["N", None])], shape=FREE)

    found = OnnxExtractor(path, RANGE, ["dinov2"])(images).values

    expected = (by_pillow(images, 224) - mean) / deviation
    means = expected.reshape(1, 3, 32, 7, 32, 7).mean(axis=(3, 5))
    np.testing.assert_allclose(found, means.reshape(1, -1), atol=2e-6)


def test_grey_pictures_become_three_channels_where_three_means_are_stated(tmp_path):
    grey = RANDOM.uniform(-1, 1, (2, 1, 4, 4))

    words = ["value_range=0,1", "mean=0.1,0.2,0.3", "deviation=2"]
    found = OnnxExtractor(onnx_file(tmp_path / "f.onnx", FREE), RANGE, words)(grey).values.reshape(2, 3, 4, 4)

    expected = ((grey + 1) / 2 - np.reshape([0.1, 0.2, 0.3], (3, 1, 1))) / 2
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_channels_last_have_their_own_mean(tmp_path):
    images = RANDOM.uniform(-1, 1, (2, 3, 4, 4))
    path = onnx_file(tmp_path / "f.onnx", ("N", 4, 4, 3), metadata={"value_range": "-1,1", "mean": "1,2,3"})

    found = OnnxExtractor(path, RANGE)(images).values.reshape(2, 4, 4, 3)

    np.testing.assert_allclose(found, images.transpose(0, 2, 3, 1) - [1, 2, 3], atol=1e-6)


@pytest.mark.parametrize("token", [0, 2])
def test_a_token_is_taken_out_of_a_sequence(tmp_path, token):
    images = RANDOM.uniform(-1, 1, (5, 3, 4, 4))

    found = OnnxExtractor(tokens_file(tmp_path / "t.onnx", {"token": str(token)}), RANGE)(images)

    np.testing.assert_allclose(found.values, images[:, token].reshape(5, 16), atol=1e-6)


def test_a_token_is_no_matter_where_features_are_pooled(tmp_path):
    images = RANDOM.uniform(-1, 1, (2, 3, 8, 8))

    found = OnnxExtractor(onnx_file(tmp_path / "f.onnx"), RANGE, ["token=0"])(images)

    np.testing.assert_allclose(found.values, images.reshape(2, -1), atol=1e-6)


def test_a_sequence_of_many_values_leaves_its_process_as_one_token(tmp_path):
    """257 tokens of 384 values are more than one sample's features may be."""
    nodes = [node("Flatten", "x", "flat"), node("Expand", "flat many", "wide"), node("Reshape", "wide shape", "out")]
    weights = {"many": np.array([98_688, 1]), "shape": np.array([-1, 257, 384])}
    path = written(tmp_path / "t.onnx", nodes, [("out", ["N", "T", 384])], weights, (1, 1, 1, 1))

    assert OnnxExtractor(path, RANGE, ["token=0"])(np.ones((1, 1, 1, 1))).values.shape == (1, 384)
    with pytest.raises(UsageError, match=r"t\.onnx#token=0"):
        OnnxExtractor(path, RANGE)(np.ones((1, 1, 1, 1)))


def test_an_output_is_chosen_by_its_name(tmp_path):
    nodes = [node("Flatten", "x", "features"), node("Identity", "features", "same"), node("Add", "same same", "Twice")]
    path = written(tmp_path / "o.onnx", nodes, [("features", ["N", 64]), ("Twice", ["N", 64])])
    images = RANDOM.uniform(-1, 1, (2, 1, 8, 8))

    one, two = (OnnxExtractor(path, RANGE, words)(images).values for words in ([], ["output=Twice"]))

    np.testing.assert_allclose(two, 2 * one, rtol=1e-6)


def test_the_name_tells_what_is_stated_behind_the_file(tmp_path):
    path = onnx_file(tmp_path / "f.onnx", FREE)

    plain, stated = (OnnxExtractor(path, RANGE, words).name for words in ([], ["dinov2", "size=56"]))

    assert stated == plain.replace("f.onnx", "f.onnx#dinov2#size=56")


def test_what_is_stated_behind_the_name_counts_more_than_metadata(tmp_path):
    path = onnx_file(tmp_path / "f.onnx", metadata={"value_range": "0,1"})
    images = np.ones((1, 3, 8, 8))

    assert OnnxExtractor(path, RANGE)(images).values.max() == 1
    assert OnnxExtractor(path, RANGE, ["value_range=0,255"])(images).values.max() == 255


FAULTS = {
    "size=wide": r"features=f.onnx#size=wide: expected a side in pixels, as 224",
    "mean=a": r"features=f.onnx#mean=a: expected numbers, one a channel",
    "deviation=0,1,1": r"features=f.onnx#deviation=0,1,1: expected numbers above 0, one a channel",
    "token=-1": r"features=f.onnx#token=-1: expected the number of one token, as 0",
    "output=there": r"f.onnx has no output 'there'; it has features",
    "resize=nearest": r"features=f.onnx#resize=nearest: expected bilinear or bicubic or bilinear-bytes",
    "dinov3": r"features=f.onnx#dinov3: expected #sha256=HEX, #dinov2, or a setting, .*did you mean 'dinov2'",
    "men=1": r"features=f.onnx#men=1: expected .*did you mean 'mean'",
    "size=16": r"f.onnx takes 8 where 16 rows, by its size, are stated",
    "mean=1,2": r"f.onnx takes 3 where 2 channels, by its mean and deviation, are stated",
}


@pytest.mark.parametrize("word", FAULTS)
def test_what_is_no_setting_is_one_line(tmp_path, word):
    with pytest.raises(UsageError, match=FAULTS[word]):
        OnnxExtractor(onnx_file(tmp_path / "f.onnx"), RANGE, [word])


def test_settings_that_do_not_fit_the_file_are_one_line(tmp_path):
    of_bytes = onnx_file(tmp_path / "b.onnx", kind=TensorProto.UINT8)
    with pytest.raises(UsageError, match="takes bytes, of which no mean and deviation are taken"):
        OnnxExtractor(of_bytes, RANGE, ["mean=1"])
    with pytest.raises(UsageError, match="takes no images, which size, mean and deviation are of"):
        OnnxExtractor(onnx_file(tmp_path / "p.onnx", ("N", 2)), RANGE, ["mean=1"])
    with pytest.raises(UsageError, match="mean and deviation are stated of different numbers of channels"):
        OnnxExtractor(onnx_file(tmp_path / "f.onnx"), RANGE, ["mean=1,2,3", "deviation=1,2"])
    with pytest.raises(UsageError, match=r"has the shape \[1, 3, 16\]: no token 3"):
        OnnxExtractor(tokens_file(tmp_path / "t.onnx"), RANGE, ["token=3"])(np.zeros((1, 3, 4, 4)))
    with pytest.raises(UsageError, match=r"t.onnx#token=0"):
        OnnxExtractor(tokens_file(tmp_path / "t.onnx"), RANGE)


def test_words_stand_behind_a_file_and_its_checksum_in_any_order():
    assert parted("a.onnx#dinov2#sha256=12#size=56") == ("a.onnx#sha256=12", ("dinov2", "size=56"))
    assert parted("a.onnx") == ("a.onnx", ())


def test_a_choice_of_features_may_state_settings(tmp_path):
    path = onnx_file(tmp_path / "f.onnx", ("N", "C", "H", "W"))
    digits = Dataset(name="digits", samples=np.zeros((4, 1, 8, 8), np.uint8))

    found = choose_extractor(f"{path}#dinov2#size=8", Digits(), digits, Machine(backend="torch"))

    assert found(np.zeros((2, 1, 8, 8))).values.shape == (2, 192)
    with pytest.raises(UsageError, match="did you mean 'dinov2'"):
        choose_extractor("missing.onnx#dino", Digits(), digits, Machine(backend="torch"))


@pytest.mark.parametrize("name", PREPARATIONS)
def test_a_preparation_is_of_settings_that_a_file_may_state_too(tmp_path, name):
    images = RANDOM.uniform(-1, 1, (1, 3, 20, 20))
    pooled = [node("GlobalAveragePool", "x", "small"), node("Flatten", "small", "flat")]
    path = written(tmp_path / "f.onnx", pooled, [("flat", ["N", None])], shape=FREE)
    found = OnnxExtractor(path, RANGE, [name])(images).values
    model = onnx.load(str(path))
    onnx.helper.set_model_props(model, PREPARATIONS[name])
    onnx.save(model, str(path))

    np.testing.assert_array_equal(OnnxExtractor(path, RANGE)(images).values, found)
