"""Where data are looked for, in which order, and the cache that downloads go to."""

import os
from pathlib import Path

from gan_core.errors import DataError
from gan_core.files.downloads import BoundedDownload, Published, fetch


def data_folder(path: str | Path | None) -> Path | None:
    """Return the folder that a user names for data, or None. Raises `DataError` if there is no such folder."""
    if not path:
        return None
    folder = Path(path).expanduser()
    if not os.path.isdir(folder):
        what = "it is a file" if os.path.exists(folder) else "there is no such folder"
        raise DataError(f"data_dir={str(folder)[:200]}: {what}")
    return folder


def search_places(data_dir: Path | None) -> list[Path]:
    """Return the folders where data are looked for, in order: `data_dir`, GAN_DATA_DIR, the user's cache."""
    places = [data_dir] if data_dir else []
    if os.environ.get("GAN_DATA_DIR"):
        places.append(Path(os.environ["GAN_DATA_DIR"]))
    return [*places, cache_folder()]


def cache_folder() -> Path:
    """Return the user's cache folder for downloads."""
    import pooch

    return Path(pooch.os_cache("gan-core"))


def downloaded(url: str, file: str, published: Published, folder: Path, not_found: str) -> Path:
    """Return the path of a file, downloaded to `folder` unless it is there, and compared with its size and checksum.

    not_found: what was looked for and where, in words; an unreachable host becomes a `DataError` that begins with them.
    """
    try:
        return fetch(url + file, file, folder, published.sha256, BoundedDownload(published.size))
    except Exception as error:  # noqa: BLE001  pooch passes on whatever its transport raises
        reason = f"{type(error).__name__}: {error}".splitlines()[0][:120]
        raise DataError(
            f"{not_found}, and {url} cannot be reached ({reason}); "
            "copy the files there, or name the folder that holds them with data_dir=FOLDER"
        ) from None


def places_of(path: Path, data_dir: Path | None) -> list[Path]:
    """Return the folders that a path of the user's may start from, in order; an absolute path is taken as it is.

    The folder that the user names for data comes first, as for every data set; then what a shell would take the path
    for.
    """
    if path.is_absolute():
        return [Path()]
    return [*([data_dir] if data_dir else []), Path(), *search_places(None)]


def find_file(path: str, data_dir: Path | None) -> Path:
    """Return what a path names: in the data folder, here, in GAN_DATA_DIR or in the cache; an absolute one as it is.

    Raises `DataError` with the places where it was looked for.
    """
    try:
        user_path = Path(path).expanduser()
        places = places_of(user_path, data_dir)
        for place in places:
            if (place / user_path).exists():
                return place / user_path
    except (OSError, ValueError, RuntimeError) as error:  # a name too long, with NUL, of nobody's home
        reason = (isinstance(error, OSError) and error.strerror) or str(error)[:60]
        raise DataError(f"no file '{path[:60]}{'…' * (len(path) > 60)}' ({reason})") from None
    if user_path.is_absolute():
        raise DataError(f"no file {user_path}")
    looked = ", ".join(str(place.absolute()) for place in places)
    raise DataError(f"no file {user_path} in {looked}; give its full path, or the folder it is in with data_dir=FOLDER")
