"""What data an experiment trains on: the family of data specs, and where files are looked for."""

import os
import zipfile
from pathlib import Path

import numpy as np

from gan_core.data.dataset import Dataset
from gan_core.data.downloads import BoundedDownload, Published, fetch
from gan_core.errors import DataError
from gan_core.spec import Family


class Data(Family):
    """Base of the data specs."""

    __slots__ = ()

    def load(self, data_dir: Path | None) -> Dataset:
        """Return the data set; files are looked for in `data_dir` first. Raises `DataError`."""
        raise NotImplementedError


def search_places(data_dir: Path | None) -> list[Path]:
    """Return the folders where data are looked for, in order: the given one, GAN_DATA_DIR, the user's cache."""
    places = [data_dir] if data_dir else []
    if os.environ.get("GAN_DATA_DIR"):
        places.append(Path(os.environ["GAN_DATA_DIR"]))
    return [*places, cache_folder()]


def cache_folder() -> Path:
    """Return the user's cache folder for downloads."""
    import pooch

    return Path(pooch.os_cache("gan-core"))


def downloaded(url: str, file: str, published: Published, folder: Path, wanted: str) -> Path:
    """Return the path of a file, downloaded to `folder` unless it is there, and compared with its size and checksum.

    wanted: what was looked for, where, for the one line of the `DataError` that an unreachable host becomes.
    """
    try:
        return fetch(url + file, file, folder, published.sha256, BoundedDownload(published.size))
    except Exception as error:  # noqa: BLE001  pooch passes on whatever its transport raises
        reason = f"{type(error).__name__}: {error}".splitlines()[0][:120]
        raise DataError(
            f"{wanted}, and {url} cannot be reached ({reason}); "
            "copy the files there, or name the folder that holds them with --data-dir"
        ) from None


def read_arrays(path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """Return samples and labels (or None) of an ``.npy`` or ``.npz`` file, never unpickling anything."""
    if not path.is_file():
        raise DataError(f"no file {path}; expected an .npy or .npz file")
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            samples, labels = loaded, None
        elif "samples" not in loaded:
            raise DataError(f"{path} holds {', '.join(loaded.files)}; expected 'samples' (and perhaps 'labels')")
        else:
            samples, labels = loaded["samples"], loaded.get("labels")
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} cannot be read as NumPy arrays: {error}".splitlines()[0]) from None
    if samples.ndim < 2:
        raise DataError(f"{path}: samples have the shape {list(samples.shape)}; expected [count, ...]")
    return samples, labels
