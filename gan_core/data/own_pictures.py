"""Pictures of a user's that are no data set: one file, or a folder, made as the samples of a domain are."""

from pathlib import Path

import numpy as np

from gan_core.data.dataset import Dataset
from gan_core.data.decoding import decode, decoding
from gan_core.data.listing import list_images
from gan_core.data.spec import Data
from gan_core.errors import DataError


def read_pictures(
    path: Path, data: Data, domain: Dataset, second: bool, shape: tuple[int, ...] | None = None
) -> tuple[list[str], Dataset]:
    """Return the names of the pictures at a path, and the pictures as samples of a domain.

    path: of a file, or of a folder whose files' names hold their folders within it. data, domain, second: the spec and
    the domain whose shape and range they get; whether it is the second. shape: another than the domain's samples have,
    that of the sources of pairs. Raises `DataError` for a picture that cannot be read.
    """
    if not path.exists():
        raise DataError(f"pictures={path}: there is no such file or folder")
    shape = shape or domain.shape
    if len(shape) != 3:
        raise DataError(f"pictures={path}: '{domain.name}' holds {list(shape)}, which are no pictures")
    folder = path if path.is_dir() else path.parent
    names = [file.name for file in list_images(path).files] if path.is_dir() else [path.name]
    target, pictures = data.picture_target(shape), []
    with decoding():
        for name in names:
            try:
                pictures.append(decode(folder / name, target))
            except DataError as error:
                raise DataError(f"pictures={folder / name} cannot be read: {error}") from None
    samples = data.as_domain(np.stack(pictures), second)
    return names, Dataset(name=path.name, samples=samples, value_range=domain.value_range)
