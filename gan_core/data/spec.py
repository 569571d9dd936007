"""What data an experiment trains on: the family of data specs, and where files are looked for."""

import os
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gan_core.data.dataset import Dataset
from gan_core.errors import DataError
from gan_core.files.downloads import BoundedDownload, Published, fetch
from gan_core.specs.spec import Family


class Data(Family):
    """Base of the data specs."""

    __slots__ = ()

    @abstractmethod
    def load(self, data_dir: Path | None) -> Dataset:
        """Return the data set; files are looked for in `data_dir` first. Raises `DataError`."""
        raise NotImplementedError

    def as_written(self, plain: Mapping[str, Any]) -> "Data":
        """Return what a run's own file meant by this spec when it was written, perhaps by an earlier version.

        plain: the file's table. A run's file holds all fields, so one that is missing did not exist yet, and a new
        default must not change what the run learned from.
        """
        return self


def data_folder(given: str | Path | None) -> Path | None:
    """Return the folder that a user names for data, or None. Raises `DataError` if there is no such folder."""
    if not given:
        return None
    folder = Path(given).expanduser()
    if not os.path.isdir(folder):
        what = "it is a file" if os.path.exists(folder) else "there is no such folder"
        raise DataError(f"data_dir={str(folder)[:200]}: {what}")
    return folder


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
            "copy the files there, or name the folder that holds them with data_dir=FOLDER"
        ) from None


def find_file(path: str, data_dir: Path | None) -> Path:
    """Return what a path names: in the data folder, here, in GAN_DATA_DIR or in the cache; an absolute one as it is.

    Raises `DataError` with the places where it was looked for.
    """
    try:
        wanted = Path(path).expanduser()
        places = [*([data_dir] if data_dir else []), Path(), *search_places(None)]
        places = [Path()] if wanted.is_absolute() else places
        for place in places:
            if (place / wanted).exists():
                return place / wanted
    except (OSError, ValueError, RuntimeError) as error:  # a name too long, with NUL, of nobody's home
        reason = (isinstance(error, OSError) and error.strerror) or str(error)[:60]
        raise DataError(f"no file '{path[:60]}{'…' * (len(path) > 60)}' ({reason})") from None
    if wanted.is_absolute():
        raise DataError(f"no file {wanted}")
    looked = ", ".join(str(place.absolute()) for place in places)
    raise DataError(f"no file {wanted} in {looked}; give its full path, or the folder it is in with data_dir=FOLDER")
