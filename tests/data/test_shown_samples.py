"""Which samples of a data set are shown."""

import numpy as np
import pytest

from gan_core.data.dataset import Dataset

ROWS = np.arange(12, dtype=np.float32).reshape(12, 1)


def shown(labels: list[int] | None, count: int) -> list[int]:
    classes = None if labels is None else 3
    data = Dataset(name="a", samples=ROWS, labels=None if labels is None else np.array(labels), classes=classes)
    return data.shown(count).tolist()


@pytest.mark.parametrize("labels", [None, [0, 1, 2] * 4])
def test_the_first_samples_are_shown(labels):
    assert shown(labels, 4) == [0, 1, 2, 3]


def test_folders_of_classes_are_shown_from_each():
    assert shown([0] * 4 + [1] * 4 + [2] * 4, 3) == [0, 4, 8]


def test_more_than_there_are_come_again():
    assert shown([0] * 12, 14)[-2:] == [0, 1]
