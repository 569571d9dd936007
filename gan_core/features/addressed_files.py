"""Files that a user names by a path or an address, with the checksum that an address needs behind a #."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

from gan_core.data.places import cache_folder
from gan_core.errors import UsageError, one_line
from gan_core.files.downloads import BoundedDownload, fetch

LARGEST_FILE_BYTES = 2**31  # of a download; where an ONNX file ends
DOWNLOAD_SECONDS = 3600.0
ADDRESSES = ("https://", "http://", "file://")


def addressed_file(choice: str, option: str, find: Callable[[str], Path]) -> Path:
    """Return the local path of ``FILE`` or ``https://…/FILE#sha256=HEX``.

    option: what the words were given to, for errors. find: finds a file that has no address. The checksum after # is
    compared for a local file, too; a download goes to the user's cache. Raises `UsageError`.
    """
    place, _, fragment = choice.partition("#")
    digest = fragment.removeprefix("sha256=").lower()
    if fragment and not re.fullmatch(r"sha256=[0-9a-fA-F]{64}", fragment):
        raise UsageError(f"{option}={choice}: expected #sha256= and 64 hexadecimal digits")
    if place.startswith(ADDRESSES):
        return _downloaded(place, digest, option)
    path = find(place)
    if digest and (checksum := sha256_of(path)) != digest:
        raise UsageError(f"{path} has the checksum {checksum}, expected {digest}")
    return path


def _downloaded(url: str, digest: str, option: str) -> Path:
    if not digest:
        raise UsageError(f"{option}={url}: a download needs its checksum: add #sha256=HEX")
    folder, name = cache_folder() / "features", f"{digest[:16]}-{Path(url).name[-100:]}"
    try:
        return fetch(url, name, folder, digest, BoundedDownload(LARGEST_FILE_BYTES, DOWNLOAD_SECONDS))
    except Exception as error:  # noqa: BLE001  pooch passes on whatever its transport raises
        raise UsageError(f"{option}={url}: {one_line(error)}") from None


def sha256_of(*paths: Path) -> str:
    """Return the SHA-256 of the bytes of files, one after another, in hexadecimal digits."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(2**20):
                digest.update(block)
    return digest.hexdigest()
