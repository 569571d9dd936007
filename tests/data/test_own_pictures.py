"""Pictures of a user's, made as the samples of a domain are."""

import numpy as np
import pytest
from PIL import Image

from gan_core.data.dataset import Dataset
from gan_core.data.domains import GreyAndColour, UnpairedFolders
from gan_core.data.folder import ImageFolder
from gan_core.data.own_pictures import read_pictures
from gan_core.errors import DataError

DOMAIN = Dataset(name="frogs", samples=np.zeros((2, 3, 4, 4), np.uint8), value_range=(0.0, 1.0))


@pytest.fixture
def photos(tmp_path):
    (tmp_path / "photos" / "inner").mkdir(parents=True)
    Image.new("RGB", (8, 4), (200, 0, 0)).save(tmp_path / "photos" / "inner" / "red.png")
    Image.new("RGB", (4, 8), (0, 100, 0)).save(tmp_path / "photos" / "green.png")
    return tmp_path / "photos"


def test_pictures_get_shape_and_range_of_the_domain(photos):
    names, pictures = read_pictures(photos, UnpairedFolders(path="x"), DOMAIN, second=False)

    assert names == ["green.png", "inner/red.png"]
    np.testing.assert_array_equal(pictures.samples[:, :, 0, 0], [[0, 100, 0], [200, 0, 0]])
    assert pictures.value_range == (0.0, 1.0)


def test_one_file_is_one_picture(photos):
    names, pictures = read_pictures(photos / "green.png", UnpairedFolders(path="x"), DOMAIN, second=True)

    assert names == ["green.png"]
    assert pictures.samples.shape == (1, 3, 4, 4)


def test_photographs_to_be_coloured_are_turned_grey(photos):
    """By the luma of the training data: .299 · 200 = 60 and .587 · 100 = 59; the second domain keeps its colours."""
    data = GreyAndColour(source=ImageFolder(path="x", resize="stretch"))
    _, grey = read_pictures(photos, data, DOMAIN, second=False)
    _, coloured = read_pictures(photos, data, DOMAIN, second=True)

    np.testing.assert_array_equal(grey.samples[:, :, 0, 0], [[59] * 3, [60] * 3])
    np.testing.assert_array_equal(coloured.samples[0, :, 0, 0], [0, 100, 0])
    assert data.picture_target((3, 4, 4)).resize == "stretch"


def test_what_cannot_be_read_is_named(photos, tmp_path):
    (photos / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    folders = UnpairedFolders(path="x")

    with pytest.raises(DataError, match=r"pictures=.*broken\.png cannot be read: "):
        read_pictures(photos, folders, DOMAIN, second=False)
    with pytest.raises(DataError, match="no such file or folder"):
        read_pictures(tmp_path / "none", folders, DOMAIN, second=False)
    points = Dataset(name="points", samples=np.zeros((3, 2)), kind="points")
    with pytest.raises(DataError, match=r"holds \[2\], which are no pictures"):
        read_pictures(photos, folders, points, second=False)
