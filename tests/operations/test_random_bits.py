"""The masks that devices draw: the hash is what it says, and what it draws looks random."""

import zlib

import numpy as np
import pytest

from gan_core.operations.random_bits import keep_mask
from gan_core.randomness import mask_key
from gan_core.testing.numpy_ops import NumpyOps

SIZE = 20_000
FOUR_SIGMA = 4 / SIZE**0.5


def mask(step: int = 0, place: str = "net/1/dropout_1", rate: float = 0.5, part: int = 0) -> np.ndarray:
    return keep_mask(NumpyOps(), mask_key(0, "masks", step, part), place, (SIZE,), rate)


def correlation(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.corrcoef(x, y)[0, 1])


def test_bits_are_those_of_the_hash_worked_in_python_integers() -> None:
    """Two rounds of the 32-bit finalizer on index ^ key[0] ^ crc32(place), key[1] added in between."""
    key, place = (0x9E3779B9, 0xFFFFFFF1), "generator/1/dropout_1"

    def mix(bits: int) -> int:
        bits ^= bits >> 16
        bits = bits * 0x21F0AAAD % 2**32
        bits ^= bits >> 15
        bits = bits * 0x735A2D97 % 2**32
        return bits ^ (bits >> 15)

    expected = [
        float(mix((mix(index ^ key[0] ^ zlib.crc32(place.encode())) + key[1]) % 2**32) >= 0.3 * 2**32)
        for index in range(60)
    ]
    found = keep_mask(NumpyOps(), np.array(key, np.int64), place, (3, 4, 5), 0.3)
    assert found.shape == (3, 4, 5)
    assert found.ravel().tolist() == expected


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.9])
def test_share_of_zeros_is_the_rate(rate: float) -> None:
    spread = (rate * (1 - rate) / SIZE) ** 0.5
    assert abs(1 - mask(rate=rate).mean() - rate) <= 4 * spread


@pytest.mark.parametrize("lag", [1, 2, 7, 64, 1024])
def test_neighbours_are_not_correlated(lag: int) -> None:
    bits = mask()
    assert abs(correlation(bits[:-lag], bits[lag:])) < FOUR_SIGMA


@pytest.mark.parametrize("steps", [(0, 1), (1, 2), (4095, 4096)])
def test_steps_are_not_correlated(steps: tuple[int, int]) -> None:
    assert abs(correlation(mask(steps[0]), mask(steps[1]))) < FOUR_SIGMA


@pytest.mark.parametrize("place", ["net/2/dropout_1", "net/1/dropout_2", "other/1/dropout_1"])
def test_places_are_not_correlated(place: str) -> None:
    assert abs(correlation(mask(), mask(place=place))) < FOUR_SIGMA


def test_repeats_within_a_step_are_not_correlated() -> None:
    assert abs(correlation(mask(), mask(part=1))) < FOUR_SIGMA


@pytest.mark.parametrize(("parts", "workers"), [(1, 2), (2, 2), (2, 4)])
def test_a_part_of_a_mask_is_that_part_of_the_whole(parts: int, workers: int) -> None:
    """Each of `workers` holds some rows of each of `parts` batches that were joined, one after the other."""
    rows, shape = 3, (5, 2)
    key = mask_key(0, "masks", 0, 0)
    whole = keep_mask(NumpyOps(), key, "net/1/dropout_1", (parts * workers * rows, *shape), 0.5)
    for worker in range(workers):
        offsets = [(part * (workers - 1) + worker) * rows * 10 for part in range(parts)]
        found = keep_mask(NumpyOps(), key, "net/1/dropout_1", (parts * rows, *shape), 0.5, offsets)
        expected = whole.reshape(parts, workers, rows, *shape)[:, worker].reshape(found.shape)
        np.testing.assert_array_equal(found, expected)


def test_no_two_places_share_a_shifted_mask() -> None:
    """Keys and places enter by exclusive-or, which permutes indices: no block of one may stand in another."""
    first, second = mask()[:4096].reshape(-1, 64), mask(place="net/2/dropout_1")[:4096].reshape(-1, 64)
    assert not {row.tobytes() for row in first} & {row.tobytes() for row in second}
