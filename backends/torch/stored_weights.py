"""What PyTorch's files hold, read without PyTorch: archives of 1.6 and later, and the files of before."""

from gan_core.files.file_parts import FilePart
from gan_core.files.pickled_tensors import pickled_tensors
from gan_core.files.stored_arrays import Table

SUFFIXES: tuple[str, ...] = (".pt", ".pth", ".bin", ".ckpt")
IGNORED: tuple[str, ...] = (
    "num_batches_tracked",
)  # PyTorch's own count of batches, if only to average over all of them


def stored_weights(part: FilePart) -> Table:
    """Return the arrays in a file. Raises `DamagedError` for what is none of PyTorch's."""
    return pickled_tensors(part)
