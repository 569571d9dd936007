"""Published statistics of features: the file, and the distance to them."""

import hashlib
import zipfile
from pathlib import Path

import numpy as np
import pytest

from gan_core import metrics as M
from gan_core.errors import UsageError
from gan_core.evaluation.notes import notes_on
from gan_core.evaluation.scorer import Drawn, Scorer, make_scorer
from gan_core.features.statistics import read_statistics
from gan_core.presets import preset
from gan_core.training.machine import Machine

RANDOM = np.random.default_rng(0)
REAL, MADE = RANDOM.standard_normal((300, 5)), 0.5 + RANDOM.standard_normal((200, 5))


def written(path: Path, **arrays: np.ndarray) -> Path:
    np.savez(path, **arrays)
    return path


def test_the_distance_to_statistics_is_that_to_the_samples_they_are_of():
    found = M.frechet_to_statistics(REAL.mean(axis=0), np.cov(REAL.T), MADE)

    assert found == pytest.approx(M.frechet_distance(REAL, MADE), rel=1e-12)


def test_a_files_mean_and_covariance_are_found_where_data_are(tmp_path: Path):
    path = written(tmp_path / "cifar.npz", mu=np.arange(3.0, dtype=np.float32), sigma=np.eye(3))
    found = read_statistics("cifar.npz", tmp_path)

    assert found.name.startswith("cifar.npz ")
    assert found.mean.tolist() == [0.0, 1.0, 2.0]
    assert found.covariance.dtype == np.float64
    assert read_statistics(path, None).name == found.name


def test_statistics_at_an_address_are_downloaded_and_compared_with_their_checksum(tmp_path: Path, monkeypatch):
    path = written(tmp_path / "cifar.npz", mu=np.arange(3.0), sigma=np.eye(3))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr("gan_core.features.addressed_files.cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(
        "gan_core.features.addressed_files.BoundedDownload",
        lambda *_: lambda _url, output_file, _pooch: Path(output_file).write_bytes(path.read_bytes()),
    )

    found = read_statistics(f"https://example.org/cifar.npz#sha256={digest}", tmp_path)

    assert found.mean.tolist() == [0.0, 1.0, 2.0]
    assert read_statistics(f"cifar.npz#sha256={digest}", tmp_path).mean.tolist() == [0.0, 1.0, 2.0]
    with pytest.raises(UsageError, match=f"has the checksum {digest}, expected {'0' * 64}"):
        read_statistics(f"cifar.npz#sha256={'0' * 64}", tmp_path)
    with pytest.raises(UsageError, match=r"reference=https://example\.org/cifar\.npz: a download needs its checksum"):
        read_statistics("https://example.org/cifar.npz", tmp_path)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"mu": np.zeros(3)}, "has no array 'sigma'; expected mu and sigma"),
        ({"mu": np.zeros(3), "sigma": np.eye(4)}, r"mu is \[3\] and sigma \[4, 4\]; expected \[D\] and \[D, D\]"),
        ({"mu": np.full(3, np.nan), "sigma": np.eye(3)}, "mu or sigma holds NaN or infinity"),
        ({"mu": np.zeros(2), "sigma": np.array([[1.0, 2.0], [0.0, 1.0]])}, "sigma is not symmetric"),
        ({"mu": np.zeros(1, dtype=[("a", "f8")]), "sigma": np.eye(1)}, "mu is of type .*; expected real numbers"),
        ({"mu": np.zeros(1), "sigma": np.eye(1) * 1j}, "sigma is of type complex128; expected real numbers"),
        ({"mu": np.zeros(1), "sigma": np.full((1, 1), 1e30)}, "holds values beyond 1e\\+25"),
        ({"mu": np.zeros(2), "sigma": np.diag([1.0, -0.5])}, "sigma has the eigenvalue -0.5, so that it is no"),
        ({"mu": np.array([{}]), "sigma": np.eye(1)}, "is no .npz file of arrays"),
    ],
)
def test_what_is_no_gaussian_is_refused(tmp_path: Path, arrays: dict[str, np.ndarray], message: str):
    path = written(tmp_path / "a.npz", **arrays)

    with pytest.raises(UsageError, match=message):
        read_statistics(path, None)


def test_what_is_no_file_of_arrays_is_refused(tmp_path: Path):
    path = tmp_path / "a.npz"
    path.write_bytes(b"no arrays")

    with pytest.raises(UsageError, match=r"is no \.npz file of arrays"):
        read_statistics(path, None)


@pytest.mark.parametrize("packed", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
def test_a_damaged_archive_is_refused(tmp_path: Path, packed: int):
    plain, path = written(tmp_path / "plain.npz", mu=RANDOM.random(50), sigma=np.eye(50)), tmp_path / "a.npz"
    with zipfile.ZipFile(plain) as read, zipfile.ZipFile(path, "w", packed) as archive:
        for name in read.namelist():
            archive.writestr(name, read.read(name))
    content = bytearray(path.read_bytes())
    content[60:200] = bytes(140)
    path.write_bytes(content)

    with pytest.raises(UsageError, match=r"is no \.npz file of arrays"):
        read_statistics(path, None)


def test_a_reference_without_any_variance_has_a_distance_and_influences():
    nothing = np.zeros((5, 5))

    assert M.frechet_to_statistics(np.zeros(5), nothing, MADE) > 0
    assert M.influences_to_statistics(np.zeros(5), nothing, MADE).shape == (200,)


@pytest.fixture(scope="module")
def judge() -> Scorer:
    made = preset("mixture-8")
    return make_scorer(made, made.data.load(None), Machine(backend="torch"), features="auto", count=200)


def test_statistics_are_scored_against_beside_the_real_samples(judge: Scorer, tmp_path: Path):
    points = judge.reference.values
    judge.hold_against(
        read_statistics(written(tmp_path / "a.npz", mu=points.mean(axis=0), sigma=np.cov(points.T)), None)
    )
    drawn = Drawn(samples=judge.real.stand_in.samples, labels=None, features=judge.stand_in)
    rows = judge.rows(judge.metric_inputs(drawn, intervals=10), ["fid"])  # the second is there by itself
    plain, to_reference = rows
    notes = notes_on(judge.experiment, judge, drawn, rows, step=1, checkpoint="last")

    assert to_reference.metric.startswith("frechet to a.npz ")
    assert to_reference.value == pytest.approx(plain.value, rel=1e-9)
    assert to_reference.interval is not None
    assert plain.interval is not None
    assert any("of 50,000 generated samples; that of 200 is larger" in note for note in notes)


def test_statistics_of_other_features_are_refused(judge: Scorer, tmp_path: Path):
    path = written(tmp_path / "b.npz", mu=np.zeros(2048), sigma=np.eye(2048))

    with pytest.raises(UsageError, match=r"mean of 2,048 features, and coordinates gives 2; .*features=inception"):
        judge.hold_against(read_statistics(path, None))
