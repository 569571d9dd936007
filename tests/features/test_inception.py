"""The FID network: its shape, its weights' file, and images as it takes them; what it computes is a parity test."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from gan_core.errors import DamagedError, SpecError, UsageError
from gan_core.features import inception
from gan_core.features.inception_images import RESIZES, as_bytes
from gan_core.features.inception_network import EPSILON, network, read_weights, weights_from
from gan_core.plans.plans import plan_network
from gan_core.specs import layers as L
from published_inception import IMAGES, made_up


@pytest.fixture(scope="module")
def plan():
    return plan_network("inception", network())


def test_the_network_has_the_size_of_the_published_one(plan):
    """Inception v3 of 1,000 classes has 23,834,568 numbers that are learned; 8 classes more have 2,049 each."""
    convolutions = [node for node in plan.nodes if isinstance(node.layer, L.Conv)]
    weights = {f"{node.name}.{key}": spec.shape for node in plan.nodes for key, spec in node.plan.weights.items()}
    channels = sum(node.plan.output_shape[0] for node in convolutions)

    assert len(convolutions) == 94
    assert sum(int(np.prod(shape)) for shape in weights.values()) + channels + 1008 == 23_834_568 + 8 * 2049
    assert [node.plan.output_shape for node in plan.nodes[-2:]] == [(2048,), (1008,)]


def test_a_batch_norm_is_folded_into_its_convolution(plan):
    arrays = {}

    def array(name: str) -> np.ndarray:
        node = next((one for one in plan.nodes if name.startswith(f"{inception_name(one.name)}.")), None)
        shape = (1008, 2048) if node is None else node.plan.weights["weight"].shape
        arrays[name] = made_up(name, shape if name.endswith(("conv.weight", "fc.weight")) else shape[:1])
        return arrays[name]

    weights = weights_from(plan, array)
    name, own = "Mixed_6b.branch7x7_2", "Mixed_6b_branch7x7_2"
    x = 0.7
    norm = {key: arrays[f"{name}.bn.{key}"] for key in ("weight", "bias", "running_mean", "running_var")}
    y = x * arrays[f"{name}.conv.weight"][:, 0, 0, 0]
    expected = (y - norm["running_mean"]) / np.sqrt(norm["running_var"] + EPSILON) * norm["weight"] + norm["bias"]

    np.testing.assert_allclose(x * weights[f"{own}.weight"][:, 0, 0, 0] + weights[f"{own}.bias"], expected)


def inception_name(layer: str) -> str:
    return layer.replace("_branch", ".branch")


def test_means_count_the_pixels_within_the_image_alone():
    x = np.arange(12.0).reshape(3, 4)
    padded = np.pad(x, 1)
    means = np.array([[padded[i : i + 3, j : j + 3].mean() for j in range(4)] for i in range(3)])
    within = np.array([[x[max(i - 1, 0) : i + 2, max(j - 1, 0) : j + 2].mean() for j in range(4)] for i in range(3)])

    np.testing.assert_allclose(means * L.WithinEdges().factors(3, 4)[0, 0], within)


def test_a_window_of_an_even_number_of_pixels_is_refused():
    with pytest.raises(SpecError, match=r"within_edges.size: expected an odd number of pixels, got 2"):
        L.WithinEdges(size=2).check()


def test_tensorflows_pixels_lie_at_whole_multiples():
    """Pixel i at i · H / 299, between its neighbours; the last neighbour of the last is itself."""
    row = np.array([0.0, 100.0, 200.0, 40.0])
    images = np.broadcast_to(row, (1, 3, 2, 4)).copy()
    resized = RESIZES["tensorflow"](images)[0, 1, 150] * 128 + 128
    places = np.arange(299) * 4 / 299

    np.testing.assert_allclose(resized, np.interp(places, np.arange(4), row), atol=1e-9)


def test_pytorch_fids_pixels_lie_half_a_pixel_off():
    row = np.array([0.0, 100.0, 200.0, 40.0])
    resized = (RESIZES["pytorch-fid"](np.broadcast_to(row, (1, 3, 2, 4)).copy())[0, 1, 150] + 1) * 127.5
    places = (np.arange(299) + 0.5) * 4 / 299 - 0.5

    np.testing.assert_allclose(resized, np.interp(places, np.arange(4), row), atol=1e-9)


@pytest.mark.parametrize("resize", RESIZES)
def test_an_image_of_the_networks_size_stays_as_it_is(resize: str):
    images = np.random.default_rng(0).integers(0, 256, (1, 3, 299, 299)).astype(float)
    scaled = images / 127.5 - 1 if resize == "pytorch-fid" else (images - 128) / 128

    np.testing.assert_allclose(RESIZES[resize](images), scaled, atol=1e-6)


def test_samples_become_bytes_and_grey_ones_three_channels():
    levels = as_bytes(np.array([[[[-1.2, -1.0, 0.0, 1.0]]]]), (-1.0, 1.0))

    assert levels.shape == (1, 3, 1, 4)
    assert levels[0, 2, 0].tolist() == [0, 0, 128, 255]


def test_samples_that_are_no_images_are_refused():
    with pytest.raises(UsageError, match=r"takes images of 1 or 3 channels, got samples of the shape \[2\]"):
        as_bytes(np.zeros((4, 2)), (-1, 1))


def test_a_file_of_other_weights_is_refused(plan, tmp_path: Path):
    safe = tmp_path / "state.pth"
    safe.write_bytes(b"PK\x03\x04 and no more")

    with pytest.raises(DamagedError):
        read_weights(plan, safe)


def test_a_file_with_another_checksum_is_refused(tmp_path: Path):
    path = tmp_path / inception.FILES[1]
    path.write_bytes(b"other")
    digest = hashlib.sha256(b"other").hexdigest()

    with pytest.raises(UsageError, match=rf"has the checksum {digest}, expected {inception.PUBLISHED.sha256}"):
        inception.weights_file(tmp_path)


def test_where_the_file_is_missing_it_is_said_what_to_get(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(inception, "URL", "https://localhost:1/")
    monkeypatch.setenv("GAN_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(inception, "search_places", lambda _: [tmp_path])
    monkeypatch.setattr(inception, "cache_folder", lambda: tmp_path)

    with pytest.raises(UsageError) as caught:
        inception.weights_file(None)
    message = str(caught.value)
    assert f"features=inception needs {inception.FILES[0]} (95,628,359 bytes, SHA-256 6726825d" in message
    assert f"was not found in {tmp_path}" in message
    assert "copy the files there" in message


def test_the_stored_features_are_of_the_images_that_they_are_compared_with():
    stored = json.loads((Path(__file__).parents[1] / "fixtures" / "published-inception.json").read_text())

    assert {len(one["features"]) for one in stored.values()} == {len(IMAGES)}
