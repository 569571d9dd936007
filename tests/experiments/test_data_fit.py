"""A last batch that is kept, and that an experiment cannot train on, is refused before the first step."""

import numpy as np
import pytest

from gan_core.data.dataset import Dataset
from gan_core.errors import DataError
from gan_core.experiments.data_fit import check_data
from gan_core.presets.loading import load_experiment

KEEP = "training.last_batch=keep"


def images(count: int, *shape: int) -> Dataset:
    return Dataset(name="mine", samples=np.zeros((count, *shape), np.uint8))


@pytest.mark.parametrize(
    ("preset", "count", "words"),
    [
        ("mnist-pacgan", 64 + 3, "last batch of 3 out of 67 samples: pack 2 does not divide the batch size 3"),
        ("mnist-multi-generator", 64 + 6, "last batch of 6 out of 70 samples: 4 generators cannot share"),
        ("mnist-mlp", 64 + 1, "last batch of 1 out of 65 samples: network 'generator', layer 'batch_norm_1'"),
    ],
)
def test_a_last_batch_that_an_objective_or_a_norm_cannot_use_is_refused(preset, count, words):
    with pytest.raises(DataError, match=words) as refused:
        check_data(load_experiment(preset, [KEEP]), images(count, 1, 28, 28))
    assert "\n" not in str(refused.value)


def test_a_last_batch_that_fits_is_fine():
    check_data(load_experiment("mnist-pacgan", [KEEP]), images(64 + 4, 1, 28, 28))
    check_data(load_experiment("mnist-mlp", [KEEP]), images(64, 1, 28, 28))


def test_two_domains_keep_no_last_batch():
    domains = Dataset(name="two", samples=np.zeros((5, 3, 64, 64), np.uint8), second_domain=images(7, 3, 64, 64))
    with pytest.raises(DataError, match="two domains need batches of one size"):
        check_data(load_experiment("cyclegan", [KEEP, "size=64"]), domains)
