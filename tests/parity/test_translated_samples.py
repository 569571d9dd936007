"""Samples of a run that translates: either direction, and pictures of the user's own."""

import numpy as np
import pytest
from PIL import Image

import gan_core
from gan_core.errors import UsageError
from gan_core.sessions.sampling import write_samples

OPTIONS = {"label": None, "interpolate": False, "seed": 0, "data_dir": None}


@pytest.fixture(scope="module")
def run(backend32, tmp_path_factory) -> gan_core.Run:
    """Three steps of a CycleGAN that colours; the grey half is dark, the colour half is light."""
    root = tmp_path_factory.mktemp("colour")
    (root / "photos").mkdir()
    for number in range(8):
        Image.new("RGB", (16, 16), (40 * number, 10, 20)).save(root / "photos" / f"{number}.png")
    changes = [f"folder={root / 'photos'}", "width=0.05", "blocks=1"]
    return gan_core.train("cyclegan-colour", backend32.name, out=root / "run", steps=3, changes=changes, progress=False)


def test_each_direction_is_sampled_by_name(run, tmp_path):
    """Arrays are of one direction; what they are made of is grey for the one and coloured for the other."""
    write_samples(run.path, tmp_path / "made.npz", count=3, backend=None, network="b_to_a", **OPTIONS)
    sampler = run.sampler(network="b_to_a")
    read = sampler.sampling_inputs("b_to_a", 3, "sample 0", None)["image"]

    with np.load(tmp_path / "made.npz") as made:
        np.testing.assert_array_equal(made["samples"], sampler.generate("b_to_a", {"image": read}))
        assert made["network"].tolist() == ["b_to_a"]
    assert (read[:, 0] != read[:, 1]).all()
    grey = sampler.sampling_inputs("a_to_b", 3, "sample 0", None)["image"]
    np.testing.assert_array_equal(grey[:, 0], grey[:, 1])
    with pytest.raises(UsageError, match="different directions: choose one with network=a_to_b"):
        write_samples(run.path, tmp_path / "both.npz", count=3, backend=None, **OPTIONS)


def test_pictures_of_the_users_own_are_translated(run, tmp_path):
    """A photograph is turned grey first, as domain a is; the translation keeps the photograph's name."""
    (tmp_path / "mine").mkdir()
    Image.new("RGB", (30, 20), (200, 0, 0)).save(tmp_path / "mine" / "red.jpg", quality=100)
    options = OPTIONS | {"count": 64, "backend": None, "network": "a_to_b", "pictures": tmp_path / "mine"}
    write_samples(run.path, tmp_path / "made", **options)
    write_samples(run.path, tmp_path / "sheet.png", **options)
    write_samples(run.path, tmp_path / "made.npz", **options)

    with Image.open(tmp_path / "sheet.png") as sheet, Image.open(tmp_path / "made" / "red.png") as picture:
        above, below = np.asarray(sheet)[2:66:2, 2:66:2], np.asarray(sheet)[68:132:2, 2:66:2]
        np.testing.assert_array_equal(below, np.asarray(picture))
        assert np.ptp(above[0, 0]) == 0
    with np.load(tmp_path / "made.npz") as made:
        assert made["names"].tolist() == ["red.jpg"]
        grey = np.full((1, 3, 32, 32), above[0, 0, 0] / 127.5 - 1, np.float32)
        expected = run.sampler(network="a_to_b").generate("a_to_b", {"image": grey})
        np.testing.assert_allclose(made["samples"], expected, rtol=0, atol=1e-3)  # float32


def test_samples_that_were_held_out_need_data_of_which_some_were(run, tmp_path):
    options = OPTIONS | {"count": 3, "backend": None, "network": "a_to_b"}
    with pytest.raises(UsageError, match="is in one piece, of which nothing was held out; train on a part"):
        write_samples(run.path, tmp_path / "unseen.png", data="held-out", **options)
    with pytest.raises(UsageError, match="data=held_out: expected training or held-out"):
        write_samples(run.path, tmp_path / "unseen.png", data="held_out", **options)


def test_held_out_pairs_are_translated_beside_their_truth(backend32, tmp_path):
    """Two pairs are trained on and two held out: the sheet's rows are sources, outputs and targets of those two."""
    for folder, level in (("trainA", 10), ("trainB", 60)):
        (tmp_path / "pairs" / folder).mkdir(parents=True)
        for number in range(4):
            grey = (level + 40 * number,) * 3
            Image.new("RGB", (16, 16), grey).save(tmp_path / "pairs" / folder / f"{number}.png")
    changes = [f"folder={tmp_path / 'pairs'}", "size=16", "width=0.05", "data.count=2"]
    made = gan_core.train("pix2pix", backend32.name, out=tmp_path / "run", steps=2, changes=changes, progress=False)

    write_samples(made.path, tmp_path / "unseen.png", count=64, backend=None, data="held-out", **OPTIONS)

    with Image.open(tmp_path / "unseen.png") as sheet:
        pixels, tile = np.asarray(sheet), 16 * 3 + 2  # enlarged threefold, with a margin of 2
    first, _, third = ({int(pixels[row * tile + 10, column * tile + 10, 0]) for column in (0, 1)} for row in range(3))
    assert (first, third) == ({90, 130}, {140, 180})
