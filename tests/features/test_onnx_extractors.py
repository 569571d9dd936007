"""ONNX files as people have them: fixed batches, layouts, sizes, outputs in any order; and those that ask too much."""

import time
from pathlib import Path

import numpy as np
import onnx
import psutil
import pytest
from onnx import TensorProto

from gan_core.errors import UsageError
from gan_core.features import onnx_session
from gan_core.features.onnx_file import OnnxExtractor
from gan_core.features.onnx_session import LimitError, _as_line
from onnx_files import endless, node, of_many_values, onnx_file, written
from tolerances import assert_close

pytest.importorskip("onnxruntime")
RANGE = (-1.0, 1.0)
FLAT = node("Flatten", "x", "features")


def uniform(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, shape)


@pytest.mark.parametrize("batch", [1, 7, 64])
@pytest.mark.parametrize("count", [3, 64, 100])
def test_a_fixed_number_of_samples_is_fed_as_asked(tmp_path, batch, count):
    """The last of them are filled up, and what the filling gives is left out."""
    samples = uniform(count, 3, 8, 8)

    found = OnnxExtractor(onnx_file(tmp_path / "fixed.onnx", (batch, 3, 8, 8), logits=True), RANGE)(samples)

    assert_close(found.values, samples.reshape(count, -1), "float32")
    assert found.probabilities.shape == (count, 2)


def test_channels_last_are_turned(tmp_path):
    """Where the shape shows them, and where the metadata say so."""
    samples = uniform(5, 3, 8, 8)
    expected = samples.transpose(0, 2, 3, 1).reshape(5, -1)

    for shape, stated in [(("N", 8, 8, 3), {}), (("N", "H", "W", 3), {}), (("N", "a", "b", "c"), {"layout": "NHWC"})]:
        found = OnnxExtractor(onnx_file(tmp_path / "last.onnx", shape, metadata=stated), RANGE)(samples)
        assert_close(found.values, expected, "float32")
    with pytest.raises(UsageError, match=r"takes samples of shape \[3, 9, 9\], but these are \[3, 8, 8\]"):
        OnnxExtractor(onnx_file(tmp_path / "nine.onnx", ("N", 9, 9, 3)), RANGE)(samples)


def test_colours_become_grey_and_grey_becomes_three_channels(tmp_path):
    colours, grey = uniform(4, 3, 8, 8), uniform(4, 1, 8, 8)
    weighted = 0.299 * colours[:, 0] + 0.587 * colours[:, 1] + 0.114 * colours[:, 2]

    one = OnnxExtractor(onnx_file(tmp_path / "one.onnx", ("N", 1, 8, 8)), RANGE)
    three = OnnxExtractor(onnx_file(tmp_path / "three.onnx", ("N", 8, 8, 3)), RANGE)

    assert_close(one(colours).values, weighted.reshape(4, -1), "float32")
    assert_close(three(grey).values, np.repeat(grey.reshape(4, -1), 3, axis=1), "float32")
    with pytest.raises(UsageError, match=r"takes samples of shape \[1, 8, 8\], but these are \[2, 8, 8\]"):
        one(uniform(4, 2, 8, 8))


def test_a_stated_resize_is_pillows(tmp_path):
    """A picture of one half against the other keeps its mean at half and at twice its size."""
    samples = np.concatenate([np.full((2, 1, 8, 4), -1.0), np.full((2, 1, 8, 4), 1.0)], axis=3)

    for side in (4, 16):
        path = onnx_file(tmp_path / f"{side}.onnx", ("N", 1, side, side), metadata={"resize": "bilinear"})
        found = OnnxExtractor(path, RANGE)(samples).values.reshape(2, side, side)
        assert_close(found.mean(axis=(1, 2)), np.zeros(2), "float32")
        assert found[0, 0, 0] == pytest.approx(-1)
        assert found[0, 0, -1] == pytest.approx(1)
    with pytest.raises(UsageError, match="resize 'nearest'; expected bilinear or bicubic"):
        OnnxExtractor(onnx_file(tmp_path / "n.onnx", metadata={"resize": "nearest"}), RANGE)
    with pytest.raises(UsageError, match=r"but these are \[1, 8, 8\]; for another size state resize = "):
        OnnxExtractor(onnx_file(tmp_path / "r.onnx", ("N", 1, 4, 4)), RANGE)(samples)


def test_features_are_preferred_and_logits_never_taken_for_them(tmp_path):
    """Whatever the order of the outputs; a file that has nothing else is refused."""
    two = {"two": np.array([0, 1])}
    logits = node("Gather", "features two", "logits", axis=1)
    other = node("Identity", "features", "other")
    outputs = [("logits", ["N", 2]), ("other", ["N", 64]), ("features", ["N", 64])]
    samples = uniform(3, 1, 8, 8)

    found = OnnxExtractor(written(tmp_path / "a.onnx", [FLAT, logits, other], outputs, two), RANGE)
    alone = OnnxExtractor(written(tmp_path / "b.onnx", [FLAT, logits, other], outputs[:2], two), RANGE)

    assert (found.features, found.classes, alone.features) == ("features", "logits", "other")
    assert found(samples).values.shape == (3, 64)
    with pytest.raises(UsageError, match="gives logits, which are no features; add the values before the last layer"):
        OnnxExtractor(written(tmp_path / "c.onnx", [FLAT, logits], outputs[:1], two), RANGE)


@pytest.mark.parametrize("declared", [["N", 16, 8, 8], ["N", 16, "H", "W"], ["N", 64, 16]])
def test_feature_maps_are_refused_with_the_remedy(tmp_path, declared):
    """Whether the file says their shape, or they turn out to be some."""
    maps = node("Conv", "x kernel", "features", pads=[1, 1, 1, 1])
    nodes = [maps] if len(declared) == 4 else [node("Conv", "x kernel", "map", pads=[1, 1, 1, 1])]
    if len(declared) == 3:
        nodes.append(node("Reshape", "map shape", "features"))
    weights = {"kernel": np.ones((16, 1, 3, 3), np.float32), "shape": np.array([0, 64, 16])}
    path = written(tmp_path / "maps.onnx", nodes, [("features", declared)], weights)

    with pytest.raises(UsageError, match=r"'features' is \[.*pool it in the graph .*so that it is \[N, D\]"):
        OnnxExtractor(path, RANGE)(uniform(2, 1, 8, 8))


def test_pooled_maps_of_one_pixel_are_features(tmp_path):
    path = written(
        tmp_path / "pooled.onnx", [node("GlobalAveragePool", "x", "features")], [("features", ["N", 1, 1, 1])]
    )

    assert OnnxExtractor(path, RANGE)(uniform(2, 1, 8, 8)).values.shape == (2, 1)


def test_a_range_that_is_not_stated_is_said(tmp_path):
    """Of floats: bytes have one range."""
    unstated = OnnxExtractor(onnx_file(tmp_path / "u.onnx"), RANGE)
    stated = OnnxExtractor(onnx_file(tmp_path / "s.onnx", metadata={"value_range": "-1,1"}), RANGE)
    of_bytes = OnnxExtractor(onnx_file(tmp_path / "b.onnx", kind=TensorProto.UINT8), RANGE)

    assert len(unstated.notes) == 1
    assert "u.onnx does not state the range of its input and was given −1 … 1" in unstated.notes[0]
    assert stated.notes == of_bytes.notes == []


def test_the_reason_of_a_failed_run_is_kept(tmp_path):
    """In one line: a Reshape to 7 columns, of 64 values."""
    nodes = [node("Reshape", "x seven", "features")]
    path = written(tmp_path / "r.onnx", nodes, [("features", ["N", 7])], {"seven": np.array([0, 7])})

    with pytest.raises(
        UsageError, match=r"failed on \[1, 1, 8, 8\]: .*cannot be reshaped.*Input shape:\{1,1,8,8\}"
    ) as caught:
        OnnxExtractor(path, RANGE)(uniform(2, 1, 8, 8))
    assert "\n" not in str(caught.value)


def test_places_in_cpp_are_cut_and_ends_are_kept():
    text = (
        "[ONNXRuntimeError] : 1 : FAIL : Load model from f.onnx failed:/source/onnxruntime/core/graph/model.cc:180 "
        "onnxruntime::Model::Model(onnx::ModelProto&&, const PathString&, bool) Unsupported model IR version: 99,\n"
        " max supported IR version: 13\n"
    )

    line = _as_line(text)
    assert "model.cc" not in line
    assert line.endswith("Unsupported model IR version: 99, max supported IR version: 13")
    assert "1 : FAIL : Load model from f.onnx failed: Unsupported" in line
    assert _as_line("a" * 1000 + " the reason").endswith("the reason")
    assert len(_as_line("a" * 1000)) < 400


def test_a_name_covers_weights_that_lie_beside_the_file(tmp_path):
    path = onnx_file(tmp_path / "net.onnx")
    names = [OnnxExtractor(path, RANGE).name]
    for content in (b"first", b"second"):
        (tmp_path / "net.onnx.data").write_bytes(content)
        names.append(OnnxExtractor(path, RANGE).name)

    assert len(set(names)) == 3


@pytest.mark.parametrize("count", [9 * 10**8, 2 * 10**11])
def test_a_graph_that_makes_gigabytes_is_refused(tmp_path, count):
    """3.6 GB, and more than any machine has, of a file of a few hundred bytes; this process never holds them."""
    path = of_many_values(tmp_path / "huge.onnx", count)
    before = psutil.Process().memory_info().rss

    with pytest.raises(UsageError, match=r"failed on \[1, 1, 8, 8\]: .*it may use 2\.\d GiB"):
        OnnxExtractor(path, RANGE)(uniform(2, 1, 8, 8))
    assert psutil.Process().memory_info().rss - before < 2**27


def test_a_file_whose_samples_are_large_gets_fewer_at_once(tmp_path):
    """40 MB a sample, twice: 64 of them are too many, 8 are not."""
    extractor = OnnxExtractor(of_many_values(tmp_path / "wide.onnx", 10**7, a_sample=True), RANGE)

    found = extractor(uniform(66, 1, 8, 8))

    assert extractor._at_once == 8
    assert found.values.shape == (66, 64)


def test_a_graph_that_never_ends_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_session, "SECONDS", 2)
    extractor = OnnxExtractor(endless(tmp_path / "endless.onnx"), RANGE)
    process = extractor.session._process

    with pytest.raises(LimitError, match=r"it was not done after \d s of processor time"):
        extractor(uniform(2, 1, 8, 8))
    assert process.poll() is not None


def test_a_process_ends_with_its_extractor_and_one_that_died_is_started_again(tmp_path):
    extractor = OnnxExtractor(onnx_file(tmp_path / "flat.onnx"), RANGE)
    samples = uniform(2, 3, 8, 8)
    first = extractor.session._process
    first.kill()
    first.wait()

    assert extractor(samples).values.shape == (2, 192)
    second = extractor.session._process
    del extractor
    deadline = time.monotonic() + 20
    while second.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert second.returncode is not None


def test_a_file_may_stand_anywhere(tmp_path, monkeypatch):
    """A relative path, with a space and a letter that is not ASCII."""
    monkeypatch.chdir(tmp_path)
    folder = Path("eigene Dateien é")
    folder.mkdir()

    assert OnnxExtractor(onnx_file(folder / "flat.onnx"), RANGE)(uniform(2, 3, 8, 8)).values.shape == (2, 192)


@pytest.mark.parametrize(("version", "words"), [({"ir_version": 99}, "IR version: 99"), ({"opset": 99}, "opset")])
def test_a_file_of_a_later_version_says_so(tmp_path, version, words):
    path = onnx_file(tmp_path / "later.onnx")
    model = onnx.load(str(path))
    model.ir_version = version.get("ir_version", model.ir_version)
    model.opset_import[0].version = version.get("opset", 17)
    onnx.save(model, str(path))

    with pytest.raises(UsageError, match=f"cannot be read as an ONNX file: .*{words}") as caught:
        OnnxExtractor(path, RANGE)
    assert ".cc:" not in str(caught.value)
