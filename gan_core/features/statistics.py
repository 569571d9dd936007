"""Published statistics of a data set's features: a mean and a covariance in an ``.npz`` file, ``mu`` and ``sigma``."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gan_core.data.places import find_file
from gan_core.errors import UsageError, one_line
from gan_core.features.onnx_file import sha256_of

LARGEST_BYTES = 2**30


@dataclass(frozen=True, kw_only=True)
class FeatureStatistics:
    """A Gaussian of features: its mean [D] and covariance [D, D].

    name: the file's name and the first digits of its checksum.
    """

    name: str
    mean: np.ndarray
    covariance: np.ndarray


def read_statistics(path: str | Path, data_dir: Path | None) -> FeatureStatistics:
    """Return the statistics in a file that is found as data are.

    Such files are those of the code of Heusel et al. 2017 and of pytorch-fid. Nothing in them is run. Raises
    `UsageError` for a file that is none, or whose arrays are no mean and covariance.
    """
    file = find_file(str(path), data_dir)
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(info.file_size for info in archive.infolist()) > LARGEST_BYTES:
                raise UsageError(f"reference={path} unpacks to more than {LARGEST_BYTES // 2**20} MiB")
        with np.load(file, allow_pickle=False) as arrays:
            mean, covariance = (np.asarray(arrays[name], dtype=np.float64) for name in ("mu", "sigma"))
    except KeyError as error:
        raise UsageError(f"reference={path} has no array {error}; expected mu and sigma") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise UsageError(f"reference={path} is no .npz file of arrays ({one_line(error)})") from None
    mean = mean.reshape(-1)
    if covariance.shape != (len(mean), len(mean)) or len(mean) == 0:
        raise UsageError(
            f"reference={path}: mu is {list(mean.shape)} and sigma {list(covariance.shape)}; expected [D] and [D, D]"
        )
    if not (np.isfinite(mean).all() and np.isfinite(covariance).all()):
        raise UsageError(f"reference={path}: mu or sigma holds NaN or infinity")
    if not np.allclose(covariance, covariance.T, rtol=1e-3, atol=1e-3 * np.abs(covariance).max()):
        raise UsageError(f"reference={path}: sigma is not symmetric, so that it is no covariance")
    return FeatureStatistics(name=f"{file.name} {sha256_of(file)[:8]}", mean=mean, covariance=covariance)
