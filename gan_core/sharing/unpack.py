"""A packed run, checked in every part before anything of it takes its place."""

import hashlib
import shutil
import stat
import zipfile
import zlib
from pathlib import Path

from gan_core.errors import DamagedError, UsageError
from gan_core.files.regular_files import kind_of
from gan_core.files.whole_files import folder_written_whole
from gan_core.runs.directory import RunDirectory
from gan_core.sharing.manifest import LARGEST_BYTES, NAME, Manifest, PackedFile, read_manifest

AT_ONCE = 2**20
MOST_GROWTH = 100  # times the pack's own size; weights hardly shrink, and fresh optimizers are two thirds of a state
ALWAYS_ALLOWED = 2**26  # bytes of a run that may come of any pack
MENDING = "get the file anew"


def unpack(file: str | Path, out: str | Path | None = None) -> Path:
    """Unpack a run into a new folder, and return its path, as `gan_core.load` takes it.

    file: what ``gan pack`` or `Run.pack` wrote. out, and errors: see `unpacked`.
    """
    return unpacked(file, out)[0]


def unpacked(file: str | Path, out: str | Path | None = None) -> tuple[Path, Manifest]:
    """Unpack a run into a new folder, and return its path and what the pack says of itself.

    out: the folder, by default one named as the file, here. It appears when every file was found as the manifest says.
    Raises `UsageError` for a file that is no pack and for a folder that is there, `DamagedError` with the member that
    is damaged, and `WriteError`.
    """
    path = Path(file)
    folder = Path(path.stem) if out is None else Path(out)
    if kind_of(path.resolve()) != "a file":
        raise UsageError(f"{path}: no such file")
    if kind_of(folder) is not None:
        raise UsageError(f"{folder} exists already; name another folder with out=DIR")
    if not folder.parent.is_dir():
        raise UsageError(f"{folder}: the folder {folder.parent} does not exist")
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _checked(archive, path, folder)
            with folder_written_whole(folder) as temporary:
                for one in manifest.files:
                    _extract(archive, one, temporary, path)
                RunDirectory.open(temporary).make_folders()
    except zipfile.BadZipFile as error:
        raise UsageError(f"{path} is no ZIP file, or a damaged one ({error}): {MENDING}") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None
    return folder, manifest


def _checked(archive: zipfile.ZipFile, path: Path, folder: Path) -> Manifest:
    """The manifest of a pack whose members are those that it lists, and no more than fit on the disk."""
    members = archive.infolist()
    names = [member.filename for member in members]
    if NAME not in names:
        raise UsageError(f"{path} is no packed run: it has no {NAME}; packs are written by  gan pack RUN FILE.zip")
    for member in members:
        _check_member(member, path)
    manifest = read_manifest(_read_manifest_bytes(archive, path), str(path))
    listed = {one.name: one.size for one in manifest.files}
    if len(set(names)) < len(names):
        raise DamagedError(f"{path} holds '{next(one for one in names if names.count(one) > 1)}' twice: {MENDING}")
    if unknown := sorted(set(names) - set(listed) - {NAME}):
        raise DamagedError(f"{path} holds '{unknown[0][:200]}', which {NAME} does not list: {MENDING}")
    if missing := sorted(({"experiment.toml"} | set(listed)) - set(names)):
        raise DamagedError(f"{path} lacks '{missing[0]}', without which it is no run: {MENDING}")
    for member in members:
        if member.filename != NAME and member.file_size != listed[member.filename]:
            raise _damaged(path, member.filename, f"it has {member.file_size:,} bytes, not {listed[member.filename]:,}")
    size, packed = manifest.size, path.stat().st_size
    if size > max(ALWAYS_ALLOWED, MOST_GROWTH * packed):
        raise DamagedError(f"{path} of {packed:,} bytes would grow to {size:,}; no run does, and nothing was unpacked")
    if size > (free := shutil.disk_usage(folder.parent).free):
        raise UsageError(f"{path} takes {size:,} bytes, and {folder.parent.resolve()} has {free:,} left: make room")
    return manifest


def _check_member(member: zipfile.ZipInfo, path: Path) -> None:
    """Raise `DamagedError` for a link, a folder, or anything but a plain file, stored or deflated."""
    mode = member.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise DamagedError(f"{path} holds '{member.filename[:200]}', which is no plain file; nothing was unpacked")
    if member.flag_bits & 1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DamagedError(f"{path} holds '{member.filename[:200]}' in a way that no pack does; nothing was unpacked")


def _read_manifest_bytes(archive: zipfile.ZipFile, path: Path) -> bytes:
    try:
        with archive.open(NAME) as member:
            raw = member.read(LARGEST_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _damaged(path, NAME, str(error)) from None
    if len(raw) > LARGEST_BYTES:
        raise _damaged(path, NAME, f"it has more than {LARGEST_BYTES:,} bytes")
    return raw


def _extract(archive: zipfile.ZipFile, one: PackedFile, folder: Path, path: Path) -> None:
    """Write one file below a folder, no byte more than the manifest says. Raises `DamagedError`."""
    target = folder / one.name
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, left = hashlib.sha256(), one.size
    try:
        with archive.open(one.name) as member, target.open("xb") as file:
            while part := member.read(min(AT_ONCE, left + 1)):
                left -= len(part)
                if left < 0:
                    raise _damaged(path, one.name, f"it has more than {one.size:,} bytes")
                digest.update(part)
                file.write(part)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _damaged(path, one.name, str(error)) from None
    if left or digest.hexdigest() != one.sha256:
        raise _damaged(path, one.name, "it is not what its checksum says")


def _damaged(path: Path, member: str, reason: str) -> DamagedError:
    return DamagedError(f"{path} is damaged in '{member}' ({reason}), and nothing was unpacked: {MENDING}")
