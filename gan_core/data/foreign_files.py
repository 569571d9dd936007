"""What to do about a file in a form that this library does not read: the line that converts it."""

from collections.abc import Sequence
from pathlib import Path

# by the first bytes, since endings lie
_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\x89HDF\r\n\x1a\n", "hdf5"),
    (b"MATLAB 7.3", "hdf5"),
    (b"MATLAB", "matlab"),
    (b"PAR1", "parquet"),
    (b"ARROW1", "feather"),
    (b"\x80\x02", "pickle"),
    (b"\x80\x03", "pickle"),
    (b"\x80\x04", "pickle"),
    (b"\x80\x05", "pickle"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"\x00\x00\x08\x03", "idx"),
    (b"\x00\x00\x08\x01", "idx"),
    (b"SQLite format 3", "sqlite"),
)
_ENDINGS = {
    ".h5": "hdf5", ".hdf5": "hdf5", ".mat": "matlab", ".parquet": "parquet", ".feather": "feather", ".pkl": "pickle",
    ".pickle": "pickle", ".xlsx": "excel", ".xls": "excel", ".pt": "torch", ".pth": "torch",
}  # fmt: skip
_SAVE = "numpy.savez('data.npz', samples="
_ADVICE = {
    "hdf5": f"is an HDF5 file; make an .npz of it:  f = h5py.File('FILE'); {_SAVE}f['NAME'][:])  (list(f) shows names)",
    "matlab": "is a MATLAB file; make an .npz of it:  f = scipy.io.loadmat('FILE'); "
    f"{_SAVE}f['NAME'])  (f.keys() shows names)",
    "parquet": f"is a Parquet file; make an .npz of it:  t = pandas.read_parquet('FILE'); {_SAVE}t.to_numpy())",
    "feather": f"is a Feather file; make an .npz of it:  t = pandas.read_feather('FILE'); {_SAVE}t.to_numpy())",
    "pickle": f"is a Python pickle, which can run code when it is read; if you trust it, make an .npz of it:  "
    f"x = pandas.read_pickle('FILE'); {_SAVE}numpy.asarray(x))",
    "torch": f"is a PyTorch file; make an .npz of it:  x = torch.load('FILE', weights_only=True); {_SAVE}x.numpy())",
    "excel": f"is an Excel file; save it as CSV, or make an .npz of it:  t = pandas.read_excel('FILE'); "
    f"{_SAVE}t.to_numpy())",
    "sqlite": "is a database; write the table you want as CSV",
    "gzip": "is packed with gzip; unpack it first:  gunzip -k FILE",
    "bzip2": "is packed with bzip2; unpack it first:  bunzip2 -k FILE",
    "xz": "is packed with xz; unpack it first:  unxz -k FILE",
    "zip": "is a zip archive without .npy files; unpack it first (a folder of images is data.type = 'image_folder')",
    "image": "is a picture; for a folder of pictures set data.type = 'image_folder'",
    "idx": "is a file of MNIST's format; set data.type = 'mnist' with data.verify = false",
}
_EXPECTED = "expected an .npy, .npz or .csv file"


def advice(path: Path, start: bytes, members: Sequence[str] = ()) -> str:
    """Return the line that says what a file is and how to convert it.

    start: the file's first bytes. members: the names in an archive.
    """
    kind = _of_archive(members) if start.startswith(b"PK") else _by_start(start) or _ENDINGS.get(path.suffix.lower())
    if kind is None:
        return f"{path} cannot be read as NumPy arrays; {_EXPECTED}"
    text = _ADVICE[kind].replace("FILE", str(path) if len(str(path)) < 100 else path.name)
    return f"{path} cannot be read as it is: it {text}"


def folder_advice(folder: Path) -> str:
    """Return the line that says what to do with a folder where a file was expected."""
    arrays = sum(1 for _, entry in zip(range(10_000), folder.glob("*.npy"), strict=False))
    if arrays:
        return (
            f"{folder} is a folder with {arrays:,} .npy files; make one file of them, if each is a sample:  "
            f"numpy.save('data.npy', numpy.stack([numpy.load(f) for f in sorted(glob.glob('{folder}/*.npy'))]))  "
            "(numpy.concatenate, if each holds several)"
        )
    return f"{folder} is a folder; {_EXPECTED} (a folder of images is data.type = 'image_folder')"


def known_form(start: bytes) -> bool:
    """Return whether the first bytes of a file are those of a known form that is no text."""
    return start.startswith((b"PK", b"\x93NUMPY")) or _by_start(start) is not None


def _by_start(start: bytes) -> str | None:
    if start[512:520] == b"\x89HDF\r\n\x1a\n":  # behind MATLAB's own block
        return "hdf5"
    return next((kind for magic, kind in _STARTS if start.startswith(magic)), None)


def _of_archive(members: Sequence[str]) -> str:
    if any(name.endswith("data.pkl") for name in members):
        return "torch"
    return "excel" if "[Content_Types].xml" in members else "zip"
