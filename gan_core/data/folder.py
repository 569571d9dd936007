"""A folder of a user's own images, of any sizes and modes, as squares of one size."""

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import numpy as np

from gan_core.data.dataset import Dataset
from gan_core.data.decoding import ENDINGS, Target
from gan_core.data.image_cache import ListedFile, decoded_images, one_line
from gan_core.data.spec import Data, search_places
from gan_core.errors import DataError
from gan_core.printing import say
from gan_core.spec import Variant

NAMES_SHOWN = 3
Side = Annotated[int, msgspec.Meta(ge=1, le=4096)]
PathName = Annotated[str, msgspec.Meta(min_length=1)]


class ImageFolder(Variant, Data, frozen=True, kw_only=True):
    """All images in a folder and its subfolders, [channels, size, size], sorted by name; see `decode` for how.

    path: the folder; a relative one is looked for in the data folder, here, in GAN_DATA_DIR and in the cache.
    size: pixels a side. channels: 3 for colour, 1 for grey.
    resize: "crop" keeps proportions and takes the centre; "stretch" takes all of the image.
    labels: with "subfolders", each folder directly in `path` is a class, numbered by name.
    strict: refuse the folder if a file cannot be read, in place of leaving it out with a warning.

    Images are decoded once, into a file in the cache that is mapped and not read: it may be larger than the memory.
    """

    path: PathName
    size: Side = 64
    channels: Literal[1, 3] = 3
    resize: Literal["crop", "stretch"] = "crop"
    value_range: tuple[float, float] = (-1.0, 1.0)
    labels: Literal["none", "subfolders"] = "none"
    strict: bool = False

    def load(self, data_dir: Path | None) -> Dataset:
        """See `Data.load`. What is left out is said in one line on standard error."""
        folder = find_folder(self.path, data_dir)
        files = list_images(folder)
        if len(files) == 1:
            raise DataError(f"{folder} holds only {files[0].name}; one image is no data set, expected 2 or more")
        # before the images are decoded, which may take minutes
        classes = class_names(folder, files) if self.labels == "subfolders" else []
        images = decoded_images(folder, files, Target(size=self.size, channels=self.channels, resize=self.resize))
        if images.unreadable:
            self._report(folder, len(files), images.unreadable)
        if len(images.pixels) == 1:
            raise DataError(
                f"{folder}: one of its {len(files):,} images can be read, and one image is no data set; "
                f"left out: {_shown(images.unreadable)}"
            )
        kept = [file.name for file in files if file.name not in images.unreadable]
        number = {name: index for index, name in enumerate(classes)}
        return Dataset(
            name=folder.resolve().name,
            samples=images.pixels,
            labels=np.array([number[name.partition("/")[0]] for name in kept], np.int64) if classes else None,
            classes=len(classes) or None,
            value_range=self.value_range,
        )

    def _report(self, folder: Path, count: int, unreadable: Mapping[str, str]) -> None:
        """Warn of images that are left out, or refuse them."""
        text = f"{folder}: {len(unreadable):,} of {count:,} images cannot be read"
        if self.strict:
            raise DataError(f"{text}, which data.strict forbids: {_shown(unreadable)}")
        say(f"gan: warning: {text} and are left out: {_shown(unreadable)}")


def find_folder(path: str, data_dir: Path | None) -> Path:
    """Return an existing folder. Raises `DataError` with the places where it was looked for."""
    wanted = Path(path).expanduser()
    # The folder a user names for data comes first, as for every data set; then what a shell would take the path for.
    places = [*([data_dir] if data_dir else []), Path(), *search_places(None)]
    places = [Path()] if wanted.is_absolute() else places
    for place in places:
        if (place / wanted).is_dir():
            return place / wanted
    if (there := next((place / wanted for place in places if (place / wanted).exists()), None)) is not None:
        raise DataError(f"{there} is a file; expected a folder of images")
    if wanted.is_absolute():
        raise DataError(f"no folder {wanted}; expected a folder of images")
    looked = ", ".join(str(place.absolute()) for place in places)
    raise DataError(f"no folder {wanted} in {looked}; give its full path, or the folder it is in with data_dir=FOLDER")


def list_images(folder: Path) -> list[ListedFile]:
    """Return the images in a folder and all below it, by name. Raises `DataError` if there are none.

    Links are followed. What starts with a dot is passed over, such as the ``._1.jpg`` that macOS leaves in archives.
    """
    try:
        files = sorted(_walk(folder, "", set()))
    except OSError as error:
        raise DataError(f"{folder} cannot be listed ({error.strerror}: {error.filename})") from None
    if not files:
        raise DataError(f"{folder} holds no images; a file counts if it ends in {', '.join(ENDINGS)}")
    return files


def class_names(folder: Path, files: Sequence[ListedFile]) -> list[str]:
    """Return the subfolders that hold images, sorted. Raises `DataError` if an image lies in none."""
    loose = [file.name for file in files if "/" not in file.name]
    if loose:
        raise DataError(
            f"{folder}: {len(loose):,} of {len(files):,} images lie in no subfolder, as {loose[0]}; "
            "data.labels = 'subfolders' needs a subfolder for each class"
        )
    return sorted({file.name.partition("/")[0] for file in files})


def _walk(folder: Path, prefix: str, above: set[tuple[int, int]]) -> Iterator[ListedFile]:
    """Yield the images below a folder; above: the folders on the way here, which a link may lead back to."""
    own = folder.stat()
    if (own.st_dev, own.st_ino) in above:
        return
    above = above | {(own.st_dev, own.st_ino)}
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                yield from _walk(Path(entry.path), f"{prefix}{entry.name}/", above)
            elif entry.name.lower().endswith(ENDINGS):
                yield _listed(entry, prefix + entry.name)


def _listed(entry: "os.DirEntry[str]", name: str) -> ListedFile:
    try:
        status = entry.stat()
    except OSError:  # a link to nothing: listed, so that it is named among the unreadable
        return ListedFile(name, -1, 0)
    return ListedFile(name, status.st_size if stat.S_ISREG(status.st_mode) else -1, status.st_mtime_ns)


def _shown(unreadable: Mapping[str, str]) -> str:
    """Up to three names with their reasons."""
    shown = [one_line(name, reason) for name, reason in list(unreadable.items())[:NAMES_SHOWN]]
    return ", ".join(shown) + (", …" if len(unreadable) > NAMES_SHOWN else "")
