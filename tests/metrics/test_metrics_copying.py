"""Copies of training samples: the nearness of a sample by hand, and what two sets of it say."""

import numpy as np
import pytest

from gan_core.errors import UsageError
from gan_core.metrics import copied_share, copying_rank, distances, nearness


def normal(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def slow_nearness(training: np.ndarray, sample: np.ndarray, count: int) -> float:
    nearest = np.sort(np.linalg.norm(training - sample, axis=1))[:count]
    return float(nearest[0] / nearest.mean())


@pytest.mark.parametrize("rows", [7, 1024])
def test_nearness_is_the_nearest_distance_over_the_mean_of_its_surroundings(monkeypatch, rows):
    monkeypatch.setattr(distances, "BLOCK_ROWS", rows)
    training, features = 100 + normal(0, 80, 5), 100 + normal(1, 30, 5)

    found = nearness(training, features, surroundings=10)

    assert found == pytest.approx([slow_nearness(training, each, 10) for each in features], rel=1e-9)


def test_a_sample_of_the_training_data_is_not_its_own_neighbour():
    training = normal(2, 40, 4)
    others = [np.delete(training, position, axis=0) for position in (3, 17)]

    found = nearness(training, training[[3, 17, 5]], positions=np.array([3, 17, -1]), surroundings=6)

    assert found[:2] == pytest.approx([slow_nearness(o, training[p], 6) for o, p in zip(others, (3, 17), strict=True)])
    assert found[2] == pytest.approx(0, abs=1e-6)


def test_a_copy_is_near_wherever_it_lies_and_a_middle_is_not():
    """In a dense group, in a wide one, and where all training samples are alike; the middle of four corners is at 1."""
    training = np.concatenate([0.01 * normal(3, 60, 3), 1000 + 50 * normal(4, 60, 3)])
    corners = np.array([[0.0, 0], [0, 2], [2, 0], [2, 2]])

    assert nearness(training, training[[0, 100]]) == pytest.approx([0, 0], abs=1e-4)
    assert nearness(np.ones((60, 3)), np.ones((2, 3))).tolist() == [0, 0]
    assert nearness(corners, np.array([[1.0, 1.0]])).tolist() == [1]


def test_copied_share_counts_what_is_nearer_than_99_of_100_held_out_samples():
    held_out = np.linspace(0, 1, 1000)

    assert copied_share(held_out, held_out) == pytest.approx(0.01, abs=0.002)
    assert copied_share(held_out, np.zeros(50)) == 1
    assert copied_share(held_out, np.repeat([0.0, 0.5], [20, 80])) == 0.2
    assert copied_share(np.array([0.5, 0.6]), np.array([0.1, 0.55])) == 0.5


def test_copying_rank_is_the_share_of_pairs_in_which_the_generated_sample_is_nearer():
    held_out, made = np.array([0.2, 0.5, 0.9]), np.array([0.1, 0.5])
    pairs = [1.0 if g < h else 0.5 if g == h else 0.0 for g in made for h in held_out]

    assert copying_rank(held_out, made) == pytest.approx(np.mean(pairs))
    assert copying_rank(held_out, np.zeros(4)) == 1
    assert copying_rank(held_out, np.ones(4)) == 0


def test_too_few_training_samples_are_one_line():
    with pytest.raises(UsageError, match="copies: training samples = 1; expected at least 2"):
        nearness(normal(5, 1, 3), normal(6, 4, 3))
    with pytest.raises(UsageError, match="real samples have 3 features, generated ones 2"):
        nearness(normal(5, 9, 3), normal(6, 4, 2))
    with pytest.raises(UsageError, match="NaN or infinite"):
        copied_share(np.array([np.nan]), np.array([0.5]))
