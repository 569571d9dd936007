"""Extractors: NumPy inference against the slow reference, the MNIST classifier's cache and bar, ONNX files, choices."""

import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto

from gan_core.contract.backend import Call
from gan_core.data.dataset import Dataset
from gan_core.data.idx import FashionMnist, Mnist
from gan_core.data.sources import Digits, Mixture
from gan_core.errors import GanError, SpecError, UsageError
from gan_core.experiments.initial_values import initial_values
from gan_core.features import mnist_classifier as M
from gan_core.features.channelwise import ChannelwiseClassifier
from gan_core.features.choice import choose_extractor
from gan_core.features.classification import softmax_cross_entropy
from gan_core.features.extractor import RawCoordinates
from gan_core.features.inference import run_network
from gan_core.features.onnx_file import OnnxExtractor, find_file
from gan_core.plans.plans import plan_network
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.testing.numpy_ops import NumpyOps
from gan_core.testing.reference_layers import ReferenceNetwork
from gan_core.training.machine import Machine
from onnx_files import onnx_file
from tolerances import assert_close

CALL = Call(training=False, weights=None, random=None)
RANGE = (-1.0, 1.0)


def normal(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def test_inference_is_the_slow_reference():
    """Strided and unevenly padded convolutions, overlapping pools, an odd size, more rows than one chunk."""
    layers = (
        L.Conv(channels=3, kernel=3, stride=2, padding=1, padding_end=2),
        L.ReLU(),
        L.MaxPool(size=3, stride=2),
        L.Conv(channels=4, kernel=2, bias=False),
        L.MaxPool(size=2),
        L.Flatten(),
        L.Dense(units=5),
    )
    plan = plan_network("net", Network(inputs={"image": Input(kind="data", shape=(2, 15, 15))}, layers=layers))
    weights = initial_values(plan, 3) | {"conv_1.bias": normal(4, 3), "dense_1.bias": normal(5, 5)}
    images = normal(6, 130, 2, 15, 15)

    hidden, out = run_network(plan, weights, images, ("relu_1", "dense_1"))

    assert_close(out, ReferenceNetwork(plan, weights)({"image": images}, CALL), "network")
    assert hidden.shape == (130, 3, 8, 8)


def test_inference_names_a_layer_it_lacks():
    plan = plan_network("net", Network(inputs={"x": Input(kind="data", shape=(3,))}, layers=(L.Tanh(),)))

    with pytest.raises(SpecError, match="no NumPy inference for a layer 'Tanh'"):
        run_network(plan, {}, normal(0, 2, 3), ("tanh_1",))


def test_cross_entropy_is_minus_the_log_of_the_labels_softmax():
    """Also where exponentials would overflow: a logit of 1,000 for the wrong label costs 1,000."""
    logits, labels = normal(1, 6, 4), np.array([0, 1, 2, 3, 0, 1])
    expected = -np.mean(
        [np.log(np.exp(row[label]) / np.exp(row).sum()) for row, label in zip(logits, labels, strict=True)]
    )
    extreme = np.array([[1000.0, 0.0, -1000.0]])

    assert_close(softmax_cross_entropy(NumpyOps(), logits, np.eye(4)[labels]), np.array(expected), "metric")
    assert softmax_cross_entropy(NumpyOps(), extreme, np.eye(3)[[1]]) == 1000
    assert softmax_cross_entropy(NumpyOps(), extreme, np.eye(3)[[0]]) == 0


def classifier(value_range: tuple[float, float] = RANGE) -> M.MnistClassifier:
    plan = plan_network("classifier", M.recipe().network)
    weights = initial_values(plan, 0)
    return M.MnistClassifier(plan=plan, weights=weights, accuracy=0.99, value_range=value_range)


def test_the_classifier_has_the_stated_layers():
    """32·1·9 + 32, 64·32·9 + 64, 128·2304 + 128, 10·128 + 10 parameters, and 128 features."""
    found = classifier()

    assert found.plan.parameters == 320 + 18_496 + 295_040 + 1290
    assert found(normal(0, 3, 1, 28, 28)).values.shape == (3, 128)


def test_stacked_digits_have_the_features_of_each_channel_and_the_probability_of_each_number():
    of, images = classifier(), normal(2, 4, 3, 28, 28)
    found = ChannelwiseClassifier(of=of, channels=3)(images)

    alone = [of(images[:, channel : channel + 1]) for channel in range(3)]
    np.testing.assert_array_equal(found.values, np.hstack([one.values for one in alone]))
    expected = np.einsum("ni,nj,nk->nijk", *(one.probabilities for one in alone))
    np.testing.assert_allclose(found.probabilities, expected.reshape(4, 1000), rtol=1e-12)


def test_the_classifier_of_stacked_digits_takes_no_other_number_of_channels():
    with pytest.raises(UsageError, match=r"2 channels: expected images of so many channels, got \[3, 28, 28\]"):
        ChannelwiseClassifier(of=classifier(), channels=2)(normal(0, 1, 3, 28, 28))


def test_a_padded_image_has_the_features_of_the_small_one():
    """28 pixels padded by the library, or by the data set; in [0, 1] or in [−1, 1]."""
    small = np.random.default_rng(1).uniform(-1, 1, (4, 1, 28, 28))
    padded = np.pad(small, ((0, 0), (0, 0), (2, 2), (2, 2)), constant_values=-1)

    features = classifier()(small)

    np.testing.assert_array_equal(features.values, classifier()(padded).values)
    assert_close(classifier((0.0, 1.0))((small + 1) / 2).values, features.values, "network")
    assert_close(features.probabilities.sum(axis=1), np.ones(4), "metric")


@pytest.mark.parametrize("shape", [(3, 28, 28), (1, 64, 64), (1, 28, 20), (7,)])
def test_the_classifier_refuses_other_shapes(shape):
    with pytest.raises(UsageError, match="at most 32×32 pixels"):
        classifier()(np.zeros((2, *shape)))


def test_a_classifier_under_the_bar_is_refused():
    with pytest.raises(GanError, match=r"98\.49% of the test images.*trusted from 98\.5%"):
        M.check_bar(0.9849)
    M.check_bar(0.985)


def test_a_kept_classifier_comes_back_and_a_damaged_one_does_not(tmp_path):
    weights, path = classifier().weights, tmp_path / "folder" / "kept.safetensors"
    M.write_cached(path, weights, 0.9871)

    kept, accuracy = M.read_cached(path)
    assert accuracy == 0.9871
    assert M.checksum(kept) == M.checksum(weights)

    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)
    assert M.read_cached(path) is None
    assert M.read_cached(tmp_path / "none.safetensors") is None


def test_the_cache_name_depends_on_the_recipe_and_on_the_samples():
    data = Dataset(name="mnist", samples=np.zeros((5, 1, 32, 32), np.uint8), labels=np.arange(5), classes=10)
    other = Dataset(name="mnist", samples=np.ones((5, 1, 32, 32), np.uint8), labels=np.arange(5), classes=10)

    assert M.cache_path(M.recipe(), data) == M.cache_path(M.recipe(), data)
    assert M.cache_path(M.recipe(), data) != M.cache_path(M.recipe(), other)


def mnist_files(folder: Path, count: int = 30) -> Path:
    """Random pixels as MNIST's test and training files."""
    generator = np.random.default_rng(0)
    (folder / "mnist").mkdir()
    for stem in ("train", "t10k"):
        images = generator.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels = generator.integers(0, 10, count).astype(np.uint8)
        header = struct.pack(">IIII", 0x0803, count, 28, 28)
        (folder / "mnist" / f"{stem}-images-idx3-ubyte").write_bytes(header + images.tobytes())
        (folder / "mnist" / f"{stem}-labels-idx1-ubyte").write_bytes(
            struct.pack(">II", 0x0801, count) + labels.tobytes()
        )
    return folder


def test_what_was_kept_under_the_bar_is_refused_too(tmp_path, monkeypatch):
    """A classifier that somebody put into the cache with a poor accuracy, without any framework."""
    monkeypatch.setattr(M, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(M, "trained", lambda *_: pytest.fail("it was in the cache"))
    folder = mnist_files(tmp_path)
    train = Mnist(size=32).load(folder)
    M.write_cached(M.cache_path(M.recipe(), train), classifier().weights, 0.5)

    with pytest.raises(GanError, match=r"50\.00%"):
        M.mnist_classifier(Mnist(), RANGE, Machine(backend="torch", data_dir=folder))


def test_a_new_classifier_is_judged_on_the_test_files(tmp_path, monkeypatch):
    """Untrained weights on random pixels are below the bar, and are not kept."""
    monkeypatch.setattr(M, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(M, "trained", lambda *_: classifier().weights)

    with pytest.raises(GanError, match="trusted from"):
        M.mnist_classifier(Mnist(), RANGE, Machine(backend="torch", data_dir=mnist_files(tmp_path)))
    assert not (tmp_path / "cache").exists()


def test_an_onnx_file_gives_its_features_and_classes(tmp_path):
    """Grey samples are repeated, more than one chunk of them, and the name carries the checksum."""
    pytest.importorskip("onnxruntime")
    path = onnx_file(tmp_path / "flat.onnx", logits=True)
    samples = np.random.default_rng(0).uniform(-1, 1, (70, 1, 8, 8))

    extractor = OnnxExtractor(path, RANGE)
    found = extractor(samples)

    expected = np.repeat(samples, 3, axis=1).reshape(70, -1)
    assert_close(found.values, expected, "float32")
    powers = np.exp(expected[:, :2])
    assert_close(found.probabilities, powers / powers.sum(axis=1, keepdims=True), "float32")
    assert extractor.name == f"flat.onnx {hashlib.sha256(path.read_bytes()).hexdigest()[:8]}"


def test_an_onnx_file_gets_the_range_it_asks_for(tmp_path):
    """−1, 0, 1 become 0, 128, 255 for bytes, and 0, 5, 10 for a stated range of 0 to 10."""
    pytest.importorskip("onnxruntime")
    samples = np.array([-1.0, 0.0, 1.0]).reshape(3, 1, 1, 1)
    shape = ("N", 1, 1, 1)

    as_bytes = OnnxExtractor(onnx_file(tmp_path / "b.onnx", shape, TensorProto.UINT8), RANGE)(samples)
    stated = OnnxExtractor(onnx_file(tmp_path / "s.onnx", shape, metadata={"value_range": "0,10"}), RANGE)(samples)

    assert as_bytes.values.ravel().tolist() == [0, 128, 255]
    assert stated.values.ravel().tolist() == [0, 5, 10]
    assert as_bytes.probabilities is None
    for word in ("wide", "nan,1", "0,inf", "1,1", "1,0", "0,1,2"):
        with pytest.raises(UsageError, match=f"value_range '{word}'; expected two finite numbers, the lower first"):
            OnnxExtractor(onnx_file(tmp_path / "w.onnx", metadata={"value_range": word}), RANGE)


def test_a_wrong_shape_is_one_line(tmp_path):
    pytest.importorskip("onnxruntime")
    extractor = OnnxExtractor(onnx_file(tmp_path / "flat.onnx"), RANGE)

    with pytest.raises(UsageError, match=r"takes samples of shape \[3, 8, 8\], but these are \[3, 9, 8\]"):
        extractor(np.zeros((2, 3, 9, 8)))
    with pytest.raises(UsageError, match=r"but these are \[2\]"):
        extractor(np.zeros((2, 2)))


def test_what_is_no_onnx_file_is_one_line(tmp_path):
    pytest.importorskip("onnxruntime")
    (tmp_path / "text.onnx").write_text("a note\nof two lines")
    integers = onnx_file(tmp_path / "integers.onnx", kind=TensorProto.INT64)

    with pytest.raises(UsageError, match="cannot be read as an ONNX file") as caught:
        OnnxExtractor(tmp_path / "text.onnx", RANGE)
    assert "\n" not in str(caught.value)
    with pytest.raises(UsageError, match=r"one input of floats or uint8, found x tensor\(int64\)"):
        OnnxExtractor(integers, RANGE)


def test_a_checksum_is_compared_for_files_and_downloads(tmp_path, monkeypatch):
    """A stand-in file through the same door as Inception's weights: right, wrong, missing and ill-formed checksums."""
    monkeypatch.setattr("gan_core.features.addressed_files.cache_folder", lambda: tmp_path / "cache")
    path = onnx_file(tmp_path / "weights.onnx")
    right, wrong = hashlib.sha256(path.read_bytes()).hexdigest(), "0" * 64
    server = Standing(path.read_bytes())
    monkeypatch.setattr("gan_core.features.addressed_files.BoundedDownload", lambda *_: server)

    assert find_file(f"{path}#sha256={right.upper()}") == path
    with pytest.raises(UsageError, match=f"has the checksum {right}, expected {wrong}"):
        find_file(f"{path}#sha256={wrong}")
    fetched = find_file(f"https://example.org/weights.onnx#sha256={right}")
    assert fetched.read_bytes() == path.read_bytes()
    assert find_file(f"https://example.org/weights.onnx#sha256={right}") == fetched
    assert server.asked == 1
    with pytest.raises(UsageError, match="does not match") as caught:
        find_file(f"https://example.org/weights.onnx#sha256={wrong}")
    assert "\n" not in str(caught.value)
    with pytest.raises(UsageError, match="needs its checksum"):
        find_file("https://example.org/weights.onnx")
    with pytest.raises(UsageError, match="64 hexadecimal digits"):
        find_file(f"{path}#sha256=12")


class Standing:
    """A downloader that stands in for the network."""

    def __init__(self, content: bytes) -> None:
        self.content, self.asked = content, 0

    def __call__(self, url: str, output_file: str, pooch: object) -> None:
        self.asked += 1
        Path(output_file).write_bytes(self.content)


def test_choices_suit_the_data():
    points, digits = Mixture(points=100), Digits()
    where = Machine(backend="torch")

    assert choose_extractor("auto", points, points.load(None), where) == RawCoordinates(name="coordinates")
    assert choose_extractor("auto", digits, digits.load(None), where) == RawCoordinates(name="pixels")
    for choice, words in [
        ("classifier", "is for MNIST"),
        ("coordinates", "the kind 'image'; expected classifier or pixels"),
        ("pixel", "did you mean 'pixels'"),
        ("pixels#x", "only a file that ends in .onnx takes #sha256=HEX; say features=pixels"),
    ]:
        with pytest.raises(UsageError, match=words):
            choose_extractor(choice, digits, digits.load(None), where)
    with pytest.raises(UsageError, match="expected coordinates"):
        choose_extractor("net.onnx", points, points.load(None), where)
    clothes = Dataset(name="fashion-mnist", samples=np.zeros((3, 1, 28, 28), np.uint8))
    with pytest.raises(UsageError, match="no extractor suits 'fashion-mnist'"):
        choose_extractor("auto", FashionMnist(), clothes, where)
