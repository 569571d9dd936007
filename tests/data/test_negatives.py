"""Images and negatives of other images as two domains."""

import numpy as np
import pytest

from gan_core.data.dataset import Dataset
from gan_core.data.domains import Negatives
from gan_core.data.sources import Digits, Mixture
from gan_core.data.spec import Data
from gan_core.errors import DataError
from gan_core.specs.spec import Variant


class Bytes(Variant, Data, frozen=True, kw_only=True):
    """Seven images of one pixel, 0 to 6."""

    count: int = 7

    def load(self, data_dir):
        pixels = np.arange(self.count, dtype=np.uint8).reshape(-1, 1, 1, 1)
        return Dataset(name="bytes", samples=pixels, labels=np.arange(self.count) % 3, classes=3)


del Data.variants["bytes"]  # no other test is to know it


def test_the_second_half_is_inverted_and_no_image_is_in_both():
    loaded = Negatives(source=Bytes()).load(None)

    assert loaded.samples.ravel().tolist() == [0, 1, 2]
    assert loaded.second_domain.samples.ravel().tolist() == [252, 251, 250, 249]
    assert loaded.second_domain.labels.tolist() == [0, 1, 2, 0]
    assert loaded.shape == loaded.second_domain.shape == (1, 1, 1)


def test_a_picture_of_ones_own_is_turned_into_the_second_domain():
    pictures = np.array([[[[10]]]], np.uint8)

    assert Negatives(source=Bytes()).as_domain(pictures, second=True).item() == 245
    assert Negatives(source=Bytes()).as_domain(pictures, second=False).item() == 10


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (Mixture(layout="ring", modes=8), "holds float.*; expected images, uint8"),
        (Bytes(count=1), "holds one image, which makes no two domains"),
        (Negatives(source=Digits()), "has two domains already"),
    ],
)
def test_what_makes_no_two_domains_is_refused(source, words: str):
    with pytest.raises(DataError, match=words):
        Negatives(source=source).load(None)
