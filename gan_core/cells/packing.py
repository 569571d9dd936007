"""A folder as bytes and back, for machines that share no disk."""

import io
import tarfile
from pathlib import Path

LEFT_OUT = ".lock"  # it is held by a process of one machine


def packed(folder: Path) -> bytes:
    """Return the regular files of a folder and below as a tar archive; of a folder that is not there, an empty one.

    They stand in the order in which they were written, so that unpacking, too, writes last what says that all is there.
    """
    buffer = io.BytesIO()
    found = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink() and path.name != LEFT_OUT]
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path in sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.as_posix())):
            archive.add(path, arcname=path.relative_to(folder).as_posix(), recursive=False)
    return buffer.getvalue()


def unpack(archive: bytes, folder: Path, *, whole: bool) -> None:
    """Write what `packed` returned into a folder; no bytes are no files.

    whole: whether the folder is then to hold nothing else, as for a run that has removed old checkpoints meanwhile.
    Raises `tarfile.TarError` for a file that would lie outside the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not archive:
        return
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        names = set(opened.getnames())
        opened.extractall(folder, filter="data")
    if not whole:
        return
    for path in sorted(folder.rglob("*"), reverse=True):  # what is in a folder comes before the folder
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.relative_to(folder).as_posix() not in names and path.name != LEFT_OUT:
            path.unlink()
