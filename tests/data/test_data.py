"""Data sets: broken files are refused with the reason, good ones come out as promised, batches cover them."""

import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest

from gan_core.data.dataset import Batches, Dataset
from gan_core.data.idx import Mnist, read_idx
from gan_core.data.sources import Arrays, Digits, Mixture
from gan_core.errors import DataError, SpecError

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 28, 28), np.uint8)
LABELS = np.array([5, 0, 4, 1, 9, 2], np.uint8)


def idx(values: np.ndarray, magic: int = 0x0800) -> bytes:
    return struct.pack(f">I{values.ndim}I", magic | values.ndim, *values.shape) + values.tobytes()


def written(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def mnist_folder(folder: Path, images: np.ndarray = PIXELS, labels: np.ndarray = LABELS, stem: str = "train") -> Path:
    written(folder / "mnist" / f"{stem}-images-idx3-ubyte", idx(images))
    written(folder / "mnist" / f"{stem}-labels-idx1-ubyte", idx(labels))
    return folder


# IDX files


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["raw", "gz"])
def test_an_idx_file_is_read(tmp_path, pack) -> None:
    path = written(tmp_path / "file", pack(idx(PIXELS)))
    assert np.array_equal(read_idx(path, None), PIXELS)


def test_a_gz_file_with_the_published_checksum_is_read(tmp_path) -> None:
    content = gzip.compress(idx(PIXELS))
    path = written(tmp_path / "file.gz", content)
    assert np.array_equal(read_idx(path, hashlib.md5(content).hexdigest()), PIXELS)  # noqa: S324


def test_a_gz_file_with_another_checksum_is_refused(tmp_path) -> None:
    path = written(tmp_path / "file.gz", gzip.compress(idx(PIXELS)))
    with pytest.raises(DataError, match=r"file\.gz: checksum [0-9a-f]{32}, published f{32}; .*verify=false"):
        read_idx(path, "f" * 32)


BROKEN = {
    "truncated-gz": (gzip.compress(idx(PIXELS))[:-500], "truncated or damaged"),
    "damaged-gz": (gzip.compress(idx(PIXELS))[:200] + b"\0" * 50 + gzip.compress(idx(PIXELS))[250:], "damaged"),
    "gz-without-its-end": (gzip.compress(idx(PIXELS))[:-4], "truncated or damaged"),
    "truncated-raw": (idx(PIXELS)[:-1], "holds 4703 values, its header promises 4704"),
    "longer-than-its-header": (idx(PIXELS) + b"\0", "holds 4705 values, its header promises 4704"),
    "truncated-header": (idx(PIXELS)[:10], "truncated within its header"),
    "wrong-magic": (idx(PIXELS, 0x0D00), "no IDX file of unsigned bytes"),
    "a-web-page": (b"<html>404</html>", "no IDX file"),
    "empty": (b"", "no IDX file"),
    "sides-beyond-64-bits": (struct.pack(">4I", 0x0803, 2**32 - 1, 2**32 - 1, 2**32 - 1), "its header promises"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_with_its_path_and_reason(tmp_path, name: str) -> None:
    content, reason = BROKEN[name]
    path = written(tmp_path / "broken-file", content)
    with pytest.raises(DataError, match=f"broken-file.*{reason}"):
        read_idx(path, None)


def test_a_folder_of_ones_own_is_loaded(tmp_path) -> None:
    dataset = Mnist(verify=False).load(mnist_folder(tmp_path))
    assert (len(dataset), dataset.shape, dataset.classes) == (6, (1, 28, 28), 10)
    assert np.array_equal(dataset.samples[:, 0], PIXELS)
    assert dataset.labels.tolist() == LABELS.tolist()


def test_the_test_split_has_its_own_files(tmp_path) -> None:
    mnist_folder(tmp_path)
    mnist_folder(tmp_path, PIXELS[:2], LABELS[:2], "t10k")
    assert len(Mnist(split="test").load(tmp_path)) == 2


def test_size_32_pads_two_black_pixels_all_round(tmp_path) -> None:
    samples = Mnist(size=32).load(mnist_folder(tmp_path)).samples
    assert samples.shape == (6, 1, 32, 32)
    assert np.array_equal(samples[:, 0, 2:-2, 2:-2], PIXELS)
    assert samples.sum(dtype=np.int64) == PIXELS.sum(dtype=np.int64)


def test_labels_out_of_range_are_refused(tmp_path) -> None:
    wrong = LABELS.copy()
    wrong[3] = 10
    with pytest.raises(DataError, match="labels run from 0 to 10; expected 0 to 9"):
        Mnist().load(mnist_folder(tmp_path, labels=wrong))


def test_more_labels_than_samples_are_refused(tmp_path) -> None:
    with pytest.raises(DataError, match="6 labels for 5 samples"):
        Mnist().load(mnist_folder(tmp_path, PIXELS[:5]))


def test_images_and_labels_swapped_are_refused(tmp_path) -> None:
    with pytest.raises(DataError, match="do not look right"):
        Mnist().load(mnist_folder(tmp_path, LABELS, PIXELS))


def test_real_mnist(data_dir: Path) -> None:
    """60,000 digits, checksums as published; the counts and the mean of .1307 that everybody quotes."""
    dataset = Mnist().load(data_dir)
    assert dataset.samples.shape == (60_000, 1, 28, 28)
    assert dataset.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert np.bincount(dataset.labels).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert dataset.samples.mean() / 255 == pytest.approx(0.1307, abs=5e-5)


def test_real_mnist_test_split(data_dir: Path) -> None:
    dataset = Mnist(split="test").load(data_dir)
    assert (len(dataset), dataset.labels[:4].tolist()) == (10_000, [7, 2, 1, 0])


# samples as floats


def images() -> Dataset:
    pixels = np.array([0, 51, 255, 128], np.uint8).reshape(1, 1, 2, 2)
    return Dataset(name="pixels", samples=pixels)


def test_bytes_become_minus_1_to_1() -> None:
    """51 / 255 = .2, times 2, minus 1 = −.6."""
    taken = images().take(np.array([0]), np.dtype("float64"))
    assert taken.ravel().tolist() == pytest.approx([-1.0, -0.6, 1.0, 256 / 255 - 1], abs=1e-15)


def test_another_range() -> None:
    dataset = Dataset(name="pixels", samples=images().samples, value_range=(0.0, 1.0))
    assert dataset.take(np.array([0]), np.dtype("float64")).ravel().tolist()[:3] == pytest.approx([0.0, 0.2, 1.0])


def test_float32_batches_are_float32_and_stay_near_the_range() -> None:
    taken = Dataset(name="all", samples=np.arange(256, dtype=np.uint8).reshape(1, 1, 16, 16)).take(
        np.array([0]), np.dtype("float32")
    )
    assert taken.dtype == np.float32
    assert np.abs(taken).max() <= 1 + 2e-7


def test_floats_are_taken_as_they_are() -> None:
    values = np.array([[3.0, -7.0]])
    taken = Dataset(name="points", samples=values).take(np.array([0]), np.dtype("float64"))
    assert np.array_equal(taken, values)


def test_a_batch_is_a_copy() -> None:
    dataset = Dataset(name="points", samples=np.zeros((4, 2)))
    dataset.take(np.arange(4), np.dtype("float64"))[:] = 5.0
    assert not dataset.samples.any()


def test_digits() -> None:
    """scikit-learn's 1,797, whose brightest pixel 16 becomes 255."""
    dataset = Digits().load(None)
    assert dataset.samples.shape == (1797, 1, 8, 8)
    assert dataset.samples.max() == 255
    assert dataset.labels[:5].tolist() == [0, 1, 2, 3, 4]


# mixtures


def test_the_tutorial_s_square() -> None:
    centres = Mixture(layout="square", modes=8).centres()
    assert {tuple(point) for point in centres.tolist()} == {
        (0, 0), (5, 5), (5, -5), (-5, 5), (-5, -5), (0, 5), (0, -5), (5, 0),
    }  # fmt: skip


def test_a_ring_has_radius_1_and_equal_steps() -> None:
    centres = Mixture(layout="ring", modes=8).centres()
    assert np.linalg.norm(centres, axis=1) == pytest.approx(np.ones(8))
    steps = np.linalg.norm(centres - np.roll(centres, 1, axis=0), axis=1)
    assert steps == pytest.approx(np.full(8, 2 * np.sin(np.pi / 8)))


def test_pacgan_s_grid() -> None:
    centres = Mixture(layout="grid", modes=25, standard_deviation=0.05).centres()
    assert {tuple(point) for point in centres.tolist()} == {(x, y) for x in range(-4, 5, 2) for y in range(-4, 5, 2)}


def test_points_lie_around_their_mode() -> None:
    """Each mode has a tenth of the points; a mean is off by .01 / √1000 · 4 at most, a deviation by 4 / √2000."""
    dataset = Mixture(layout="ring", modes=10, standard_deviation=0.01, points=10_000).load(None)
    assert np.bincount(dataset.labels).tolist() == [1000] * 10
    for mode, centre in enumerate(dataset.centres):
        points = dataset.samples[dataset.labels == mode]
        assert np.abs(points.mean(axis=0) - centre).max() < 4 * 0.01 / 1000**0.5
        assert np.abs(points.std(axis=0) / 0.01 - 1).max() < 4 / 2000**0.5


def test_extent_scales_points_and_centres_alike() -> None:
    plain = Mixture(layout="square", standard_deviation=0.5).load(None)
    scaled = Mixture(layout="square", standard_deviation=0.5, extent=0.9).load(None)
    factor = 0.9 / np.abs(plain.samples).max()
    assert np.abs(scaled.samples).max() == pytest.approx(0.9, abs=1e-15)
    assert scaled.samples == pytest.approx(plain.samples * factor, abs=1e-15)
    assert scaled.centres == pytest.approx(plain.centres * factor, abs=1e-15)


def test_the_deviation_of_a_mode_is_scaled_as_the_points_are() -> None:
    plain = Mixture(layout="square", standard_deviation=0.5).load(None)
    scaled = Mixture(layout="square", standard_deviation=0.5, extent=0.9).load(None)
    assert plain.mode_deviation == 0.5
    assert scaled.mode_deviation == pytest.approx(0.5 * 0.9 / np.abs(plain.samples).max(), abs=1e-16)


def test_a_mixture_is_the_same_each_time_and_changes_with_its_seed() -> None:
    one, same, other = (Mixture(seed=seed).load(None).samples for seed in (0, 0, 1))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("layout", "modes", "words"),
    [("square", 10, "9 centres"), ("tutorial", 10, "9 centres"), ("grid", 24, "square number")],
)
def test_a_layout_without_room_is_refused(layout: str, modes: int, words: str) -> None:
    with pytest.raises(SpecError, match=f"mixture.modes: .*{words}"):
        Mixture(layout=layout, modes=modes)


# a user's own arrays


def test_npz_with_labels(tmp_path) -> None:
    np.savez(tmp_path / "mine.npz", samples=PIXELS, labels=LABELS)
    dataset = Arrays(path="mine.npz").load(tmp_path)
    assert (dataset.shape, dataset.classes, dataset.kind) == ((1, 28, 28), 10, "image")
    assert dataset.labels.dtype == np.int64


def test_npy_of_points(tmp_path) -> None:
    np.save(tmp_path / "points.npy", np.zeros((5, 2), np.float32))
    dataset = Arrays(path=str(tmp_path / "points.npy")).load(None)
    assert (dataset.shape, dataset.labels, dataset.kind) == ((2,), None, "points")


def with_at_3(value: float) -> np.ndarray:
    samples = np.zeros((6, 2))
    samples[3, 1] = value
    return samples


WRONG_ARRAYS = {
    "nan": ({"samples": with_at_3(np.nan)}, "sample 3 holds NaN or infinity"),
    "infinity": ({"samples": with_at_3(-np.inf)}, "sample 3 holds NaN"),
    "empty": ({"samples": np.zeros((0, 2))}, "is empty"),
    "no-samples": ({"images": PIXELS, "others": PIXELS}, r"holds images uint8 \[6, 28, 28\], .*; expected 'samples'"),
    "uint16": ({"samples": PIXELS.astype(np.uint16)}, "samples are uint16; expected uint8 or floats"),
    "integers": ({"samples": PIXELS.astype(np.int64)}, "samples are int64"),
    "complex": ({"samples": np.zeros((6, 2), complex)}, "samples are complex128"),
    "too-few-labels": ({"samples": PIXELS, "labels": LABELS[:4]}, "4 labels for 6 samples"),
    "negative-labels": ({"samples": PIXELS, "labels": -LABELS.astype(np.int64)}, "labels run from -9 to 0"),
    "float-labels": ({"samples": PIXELS, "labels": LABELS / 2}, "labels are float64"),
    "one-hot-labels": ({"samples": PIXELS, "labels": np.eye(6, dtype=np.int64)}, r"labels are int64 \[6, 6\]"),
    "objects": ({"samples": np.array([{}, []], object)}, "cannot be read as NumPy arrays"),
    "a-scalar": ({"samples": np.float64(3.0)}, "samples"),
}


@pytest.mark.parametrize("name", WRONG_ARRAYS)
def test_wrong_arrays_are_refused_in_one_line(tmp_path, name: str) -> None:
    arrays, words = WRONG_ARRAYS[name]
    np.savez(tmp_path / "mine.npz", **arrays)
    with pytest.raises(DataError, match=rf"^[^\n]*mine[^\n]*{words}[^\n]*$"):
        Arrays(path="mine.npz").load(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"not an array", b"PK\x03\x04 broken"])
def test_a_file_that_is_no_array_is_refused(tmp_path, content: bytes) -> None:
    written(tmp_path / "mine.npy", content)
    with pytest.raises(DataError, match=r"mine\.npy cannot be read"):
        Arrays(path="mine.npy").load(tmp_path)


def test_a_missing_file_is_named(tmp_path) -> None:
    with pytest.raises(DataError, match=r"no file nowhere\.npz"):
        Arrays(path="nowhere.npz").load(tmp_path)


# batches


def numbered(count: int) -> Dataset:
    return Dataset(name="numbers", samples=np.arange(count, dtype=np.float64)[:, None])


def test_an_epoch_covers_each_sample_once() -> None:
    batches = Batches(numbered(60), 12, 0, "shuffled", "float64")
    for epoch in range(3):
        taken = np.concatenate([batches.indices(epoch * 5 + part) for part in range(5)])
        assert sorted(taken.tolist()) == list(range(60))


def test_an_incomplete_batch_is_dropped() -> None:
    """Of 64 samples in batches of 12, four are left out of each epoch, and not the same four each time."""
    batches = Batches(numbered(64), 12, 0, "shuffled", "float64")
    left = []
    for epoch in range(4):
        taken = np.concatenate([batches.indices(epoch * 5 + part) for part in range(5)])
        assert len(set(taken.tolist())) == 60
        left.append(frozenset(range(64)) - set(taken.tolist()))
    assert len(set(left)) > 1


def test_a_batch_is_known_without_those_before_it() -> None:
    walked = Batches(numbered(64), 12, 3, "shuffled", "float64")
    series = [walked.indices(number).tolist() for number in range(20)]
    assert Batches(numbered(64), 12, 3, "shuffled", "float64").indices(17).tolist() == series[17]
    assert walked.indices(2).tolist() == series[2]


def test_the_order_depends_on_the_seed() -> None:
    orders = [Batches(numbered(64), 12, seed, "shuffled", "float64").indices(0).tolist() for seed in (0, 1)]
    assert orders[0] != orders[1]


def test_sequential_batches_wrap_round() -> None:
    batches = Batches(numbered(5), 3, 0, "sequential", "float64")
    assert [batches.indices(number).tolist() for number in range(3)] == [[0, 1, 2], [3, 4, 0], [1, 2, 3]]


def test_a_shuffled_batch_larger_than_the_data_is_refused() -> None:
    with pytest.raises(DataError, match="batch size 12 is larger than the data set 'numbers' of 5"):
        Batches(numbered(5), 12, 0, "shuffled", "float64")


def test_a_last_batch_that_is_kept_is_what_is_left_of_each_epoch() -> None:
    """64 samples in batches of 12 are six batches, the last of four; the next epoch has all of them again."""
    batches = Batches(numbered(64), 12, 0, "shuffled", "float64", last_batch="keep")
    taken = [batches.indices(number) for number in range(12)]
    assert [len(part) for part in taken] == [12, 12, 12, 12, 12, 4] * 2 == [batches.size(n) for n in range(12)]
    assert sorted(np.concatenate(taken[:6]).tolist()) == sorted(np.concatenate(taken[6:]).tolist()) == list(range(64))


def test_batches_that_fit_are_the_same_whether_the_last_is_kept_or_not() -> None:
    kept, dropped = (Batches(numbered(60), 12, 0, "shuffled", "float64", last_batch=word) for word in ("keep", "drop"))
    assert [kept.indices(n).tolist() for n in range(10)] == [dropped.indices(n).tolist() for n in range(10)]


def test_a_sequential_last_batch_that_is_kept_does_not_wrap_round() -> None:
    batches = Batches(numbered(5), 3, 0, "sequential", "float64", last_batch="keep")
    assert [batches.indices(number).tolist() for number in range(4)] == [[0, 1, 2], [3, 4], [0, 1, 2], [3, 4]]


def test_data_smaller_than_a_batch_are_one_batch_if_it_is_kept() -> None:
    batches = Batches(numbered(5), 12, 0, "shuffled", "float64", last_batch="keep")
    assert sorted(batches.indices(3).tolist()) == [0, 1, 2, 3, 4]


def test_the_tutorial_s_centres_come_in_its_order() -> None:
    """Of 8 modes the one below is missing; of 7 those below and to the left."""
    centres = Mixture(layout="tutorial", modes=9).centres().tolist()
    assert centres[5:] == [[0, 5], [5, 0], [-5, 0], [0, -5]]
    assert Mixture(layout="tutorial", modes=7).centres().tolist() == centres[:7]


def test_the_tutorial_s_axes_are_scaled_each_by_itself() -> None:
    plain = Mixture(layout="tutorial", modes=8, standard_deviation=0.5).load(None)
    scaled = Mixture(layout="tutorial", modes=8, standard_deviation=0.5, extent=0.9).load(None)
    factors = 0.9 / np.abs(plain.samples).max(axis=0)
    assert factors[0] != factors[1]
    assert np.abs(scaled.samples).max(axis=0) == pytest.approx([0.9, 0.9], abs=1e-15)
    assert scaled.samples == pytest.approx(plain.samples * factors, abs=1e-15)
    assert scaled.centres == pytest.approx(plain.centres * factors, abs=1e-15)
    assert scaled.mode_deviation == pytest.approx(0.5 * factors.mean(), abs=1e-16)


def test_fresh_points_of_the_tutorial_have_the_scale_of_the_old_ones() -> None:
    mixture = Mixture(layout="tutorial", modes=8, standard_deviation=0.5, extent=0.9)
    dataset = mixture.load(None)
    fresh = mixture.fresh_samples(dataset, 9000, 1)
    for mode, centre in enumerate(dataset.centres):
        points = fresh.samples[fresh.labels == mode]
        assert np.abs(points.mean(axis=0) - centre).max() < 4 * dataset.mode_deviation / len(points) ** 0.5
