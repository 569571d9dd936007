"""Published statistics of a data set's features: a mean and a covariance in an ``.npz`` file, ``mu`` and ``sigma``."""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gan_core.data.places import find_file
from gan_core.errors import UsageError, one_line
from gan_core.features.addressed_files import addressed_file, sha256_of
from gan_core.metrics.checks import LARGEST

LARGEST_BYTES = 2**30
ROUNDING = 1e-3  # of the largest value: what a covariance may be off


@dataclass(frozen=True, kw_only=True)
class FeatureStatistics:
    """A Gaussian of features: its mean [D] and covariance [D, D].

    name: the file's name and the first digits of its checksum.
    """

    name: str
    mean: np.ndarray
    covariance: np.ndarray


def read_statistics(path: str | Path, data_dir: Path | None) -> FeatureStatistics:
    """Return the statistics in a file that is found as data are, or at ``https://…/FILE.npz#sha256=HEX``.

    Such files are those of the code of Heusel et al. 2017 and of pytorch-fid. Nothing in them is run. Raises
    `UsageError` for a file that is none, or whose arrays are no mean and covariance.
    """
    file = addressed_file(str(path), "reference", lambda place: find_file(place, data_dir))
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(info.file_size for info in archive.infolist()) > LARGEST_BYTES:
                raise UsageError(f"reference={path} unpacks to more than {LARGEST_BYTES // 2**20} MiB")
        with np.load(file, allow_pickle=False) as arrays:
            mean, covariance = (_numbers(path, arrays, name) for name in ("mu", "sigma"))
    except UsageError:
        raise
    except Exception as error:  # noqa: BLE001  # of zip, of what packs its members, of NumPy; and too little memory
        raise UsageError(f"reference={path} is no .npz file of arrays ({one_line(error)})") from None
    mean = mean.reshape(-1)
    if covariance.shape != (len(mean), len(mean)) or len(mean) == 0:
        raise UsageError(
            f"reference={path}: mu is {list(mean.shape)} and sigma {list(covariance.shape)}; expected [D] and [D, D]"
        )
    if not (np.isfinite(mean).all() and np.isfinite(covariance).all()):
        raise UsageError(f"reference={path}: mu or sigma holds NaN or infinity")
    largest = np.abs(covariance).max()
    if max(largest, np.abs(mean).max()) > LARGEST:
        raise UsageError(f"reference={path}: mu or sigma holds values beyond {LARGEST:g}, which no features have")
    if not np.allclose(covariance, covariance.T, rtol=ROUNDING, atol=ROUNDING * largest):
        raise UsageError(f"reference={path}: sigma is not symmetric, so that it is no covariance")
    if (least := np.linalg.eigvalsh(covariance)[0]) < -ROUNDING * largest:
        raise UsageError(f"reference={path}: sigma has the eigenvalue {least:.3g}, so that it is no covariance")
    return FeatureStatistics(name=f"{file.name} {sha256_of(file)[:8]}", mean=mean, covariance=covariance)


def _numbers(path: str | Path, arrays: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    """Return an array of a file as float64. Raises `UsageError` where there is none, or one of no real numbers."""
    if name not in arrays:
        raise UsageError(f"reference={path} has no array '{name}'; expected mu and sigma")
    array = np.asarray(arrays[name])
    if array.dtype.kind not in "biuf":
        raise UsageError(f"reference={path}: {name} is of type {array.dtype}; expected real numbers")
    return array.astype(np.float64)
