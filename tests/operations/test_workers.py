"""Which rows of a batch are a worker's own."""

import numpy as np
import pytest

from gan_core.operations.random_bits import keep_mask
from gan_core.operations.tables import earlier, others
from gan_core.operations.workers import Workers, alone
from gan_core.testing.numpy_ops import NUMPY


def workers(count: int) -> list[Workers]:
    return [Workers(rank=rank, count=count) for rank in range(count)]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_the_workers_rows_are_the_batch_in_order(count: int) -> None:
    batch = np.arange(24).reshape(12, 2)
    assert np.array_equal(np.concatenate([one.own(batch) for one in workers(count)]), batch)


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_masks_of_workers_are_the_parts_of_one_mask(parts: int) -> None:
    key, shape = np.array([7, 11]), (6, 2, 2)  # of each batch
    whole = keep_mask(NUMPY, key, "d/1/dropout", (6 * parts, 2, 2), 0.5).reshape(parts, *shape)
    for one in workers(3):
        offsets = one.offsets(2 * 4, parts)
        own = keep_mask(NUMPY, key, "d/1/dropout", (2 * parts, 2, 2), 0.5, offsets).reshape(parts, 2, 2, 2)
        assert np.array_equal(own, whole[:, 2 * one.rank : 2 * one.rank + 2])


def test_a_workers_sample_is_no_other_than_itself() -> None:
    joined = np.concatenate([others(2, 2, one) for one in workers(3)])
    assert np.array_equal(joined, 1.0 - np.eye(6))


def test_what_comes_before_a_workers_sample_counts_the_samples_of_earlier_workers() -> None:
    joined = np.concatenate([earlier(2, one) for one in workers(3)])
    assert np.array_equal(joined, np.tril(np.ones((6, 6)), -1))


def test_within_a_block_a_worker_is_alone() -> None:
    class Operations:
        workers = Workers(rank=1, count=2)

    ops = Operations()
    with alone(ops):
        assert not ops.workers.several
    assert ops.workers == Workers(rank=1, count=2)
