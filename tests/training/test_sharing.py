"""What several workers may share, and what they agree by."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from gan_core.data.dataset import Batches, Dataset
from gan_core.errors import FollowedError, TrainingError, UsageError
from gan_core.objectives.draws import DrawSource, Latent, Made, RealSamples
from gan_core.objectives.pool import PoolDecisions
from gan_core.operations.workers import Workers
from gan_core.presets.loading import load_experiment
from gan_core.specs.networks import Input
from gan_core.training.sharing import Agreement, check_shareable, checksum
from gan_core.training.state import State


@pytest.mark.parametrize(
    ("preset", "changes", "count", "samples", "told"),
    [
        ("digits-mlp", {"training.batch_size": 8}, 3, 1797, "a batch of 8 cannot be cut into 3 equal shares; choose"),
        ("digits-mlp", {"training.batch_size": 8}, 9, 1797, "a batch of 8 has no row for each"),
        ("pacgan", {"training.batch_size": 10}, 4, 1797, "4 equal shares of 2 samples that go together"),
        ("multi-generator", {"training.batch_size": 12}, 2, 1797, "2 equal shares of 4 samples that go together"),
        ("digits-mlp", {"training.batch_size": 8, "training.last_batch": "keep"}, 2, 1797, "epoch has 5 samples"),
    ],
)
def test_what_cannot_be_shared_is_refused(preset, changes, count, samples, told) -> None:
    with pytest.raises(UsageError, match=told):
        check_shareable(load_experiment(preset, changes), Workers(count=count), samples)


def source(batches: Batches) -> DrawSource:
    return DrawSource(
        batch_size=6,
        updates=0,
        batches={"first": batches},
        batch_number=1,
        open_stream=lambda: np.random.default_rng(3),
    )


DATASET = Dataset(name="a", samples=np.arange(40.0).reshape(20, 2))


@pytest.mark.parametrize("draw", [RealSamples(), Latent(input=Input(kind="latent", shape=(4,)))])
def test_the_draws_of_workers_are_those_of_one_process(draw) -> None:
    batches = Batches(DATASET, 6, 0, "shuffled", "float64")
    whole = draw.drawn(source(batches))
    parts = [draw.drawn_for(source(batches), Workers(rank=rank, count=3)) for rank in range(3)]
    assert np.array_equal(np.concatenate(parts), whole)


def test_a_worker_reads_its_own_rows_of_the_data_alone() -> None:
    read = []

    class Counting(Dataset):
        def take(self, indices: np.ndarray, dtype: np.dtype) -> np.ndarray:
            read.append(len(indices))
            return super().take(indices, dtype)

    batches = Batches(Counting(name="a", samples=DATASET.samples), 6, 0, "shuffled", "float64")
    RealSamples().drawn_for(source(batches), Workers(rank=1, count=3))
    assert read == [2]


def test_a_draw_for_the_whole_batch_is_the_same_for_all_workers() -> None:
    batches = Batches(DATASET, 6, 0, "shuffled", "float64")
    first, second = (PoolDecisions(size=4).drawn_for(source(batches), Workers(rank=rank, count=2)) for rank in range(2))
    assert first.shape == (6, 2, 4)
    assert np.array_equal(first, second)


def test_a_draw_without_a_row_a_sample_is_refused() -> None:
    given = source(Batches(DATASET, 6, 0, "shuffled", "float64"))
    with pytest.raises(UsageError, match=r"'Made' is \[3\] for a batch of 6.*set whole_batch"):
        Made(make=three_numbers).drawn_for(given, Workers(count=2))


def three_numbers(generator: np.random.Generator, count: int, updates: int) -> np.ndarray:
    return generator.random(3)


STATE = State(
    step=4, networks={"g": {"w": np.ones(3)}}, optimizers={"g": {"m": np.zeros(3)}}, updates={"g": 4}, variables={}
)


def test_a_checksum_knows_one_bit() -> None:
    moved = dataclasses.replace(STATE, networks={"g": {"w": np.array([1.0, 1.0, np.nextafter(1.0, 2.0)])}})
    assert checksum(moved) != checksum(STATE)


class Backend:
    """A backend of a worker whose exchanges are given: each what all workers say, in turn."""

    def __init__(self, rank: int, *said: list) -> None:
        self.said = list(said)
        self.ops = SimpleNamespace(
            workers=Workers(rank=rank, count=2), constant=np.asarray, gathered=lambda _: np.array(self.said.pop(0))
        )

    def to_numpy(self, array: np.ndarray) -> np.ndarray:
        return array


def test_a_worker_that_drifted_is_found() -> None:
    with pytest.raises(TrainingError, match="step 4: worker 1 no longer holds the numbers of worker 0"):
        Agreement(Backend(0, [[1.0, 2.0], [1.0, 3.0]])).check_alike(STATE)


def test_one_workers_signal_stops_all() -> None:
    assert Agreement(Backend(0, [[0.0], [1.0]])).any(False)


def test_words_of_the_first_reach_the_others() -> None:
    words = [float(byte) for byte in "runs/é".encode()]
    assert Agreement(Backend(1, [[7.0], [0.0]], [words, [0.0] * 7])).words_of_first("") == "runs/é"


def test_where_the_first_worker_fails_the_others_follow_with_its_status() -> None:
    words = [float(byte) for byte in b"\x002"]
    with pytest.raises(FollowedError) as told:
        Agreement(Backend(1, [[2.0], [0.0]], [words, [0.0] * 2])).first_does(lambda: "never called")
    assert told.value.exit_status == 2
