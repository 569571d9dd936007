"""A whole run in one ZIP file, with a manifest of checksums; the same run gives the same bytes."""

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

from gan_core.errors import UsageError
from gan_core.experiments.files import plain_experiment
from gan_core.files.disk_errors import write_error
from gan_core.files.regular_files import FOLDERS, kind_of, open_file
from gan_core.files.whole_files import DAMAGED, LATER, REMOVED, UNFINISHED, written_whole
from gan_core.runs import checkpoints
from gan_core.runs.directory import RunDirectory
from gan_core.runs.lock import locked
from gan_core.sharing.manifest import NAME, Manifest, PackedFile, is_of_a_run, new_manifest
from gan_core.sharing.new_files import check_new_file

MOMENT = (1980, 1, 1, 0, 0, 0)  # of every file in a pack: clocks say nothing about a run
STORED = (".safetensors", ".png", ".gif")  # which hardly shrink
SET_ASIDE = (DAMAGED, LATER, UNFINISHED, REMOVED)
AT_ONCE = 2**20
OPTIMIZERS = f"{checkpoints.OPTIMIZERS}.safetensors"


@dataclass(frozen=True, kw_only=True)
class Packed:
    """A pack that was written.

    files, size: how many files it holds, and their bytes. step: of the newest checkpoint in it. left_out: what of the
    run's folder it does not hold, in words.
    """

    path: Path
    files: int
    size: int
    step: int
    left_out: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class _Source:
    """A file to pack: its name in the run, and where it lies."""

    name: str
    path: Path
    shrinks: bool


def pack(run: str | Path, out: str | Path, *, newest: bool = False, optimizers: bool = True) -> Packed:
    """Write a run's folder into one new ZIP file, and return what it holds.

    newest: whether of the checkpoints the newest alone is packed, and the best. optimizers: whether the state of the
    optimizers is packed; without it the file is a third as large, and a training that goes on begins with fresh ones.
    Checkpoints are compared with their checksums before. Raises `UsageError` where the run is in use or holds what no
    run does, `DamagedError`, and `WriteError`.
    """
    directory, path = RunDirectory.open(Path(run)), Path(out)
    check_new_file(path, ".zip")
    if path.resolve().parent.is_relative_to(directory.path.resolve()):
        raise UsageError(f"{path} lies in the run itself; name a file elsewhere")
    with ExitStack() as stack:
        if os.access(directory.path, os.W_OK):  # nobody trains on what cannot be written
            stack.enter_context(locked(directory.path))
        folders = _checkpoints(directory, newest)
        for folder in folders:
            checkpoints.read(folder)
        sources, others = _sources(directory, folders)
        left_out = []
        if not optimizers:
            temporary = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gan-pack-")))
            sources = _without_optimizers(directory, folders, sources, temporary)
            left_out.append("the state of the optimizers")
        if len(folders) < len(directory.checkpoints.paths()) + len(directory.best.paths()):
            left_out.append("earlier checkpoints")
        manifest = _manifest(directory, folders, sources, left_out)
        with written_whole(path) as temporary_file:
            _write(temporary_file, sources, manifest)
    return Packed(path=path, files=len(sources), size=manifest.size, step=manifest.step, left_out=[*left_out, *others])


def _checkpoints(directory: RunDirectory, newest: bool) -> list[Path]:
    every, best = directory.checkpoints.paths(), directory.best.paths()
    return [*(every[-1:] if newest else every), *(best[-1:] if newest else best)]


def _sources(directory: RunDirectory, folders: list[Path]) -> tuple[list[_Source], list[str]]:
    """The files to pack by name, and what else lies in the run's folder."""
    found, left_out = [], []
    for path in _walk(directory.path):
        name = path.relative_to(directory.path).as_posix()
        parts = name.split("/")
        if any(part.startswith(SET_ASIDE) for part in parts):
            left_out.append(f"{'/'.join(parts[:-1]) or name}, set aside")
        elif not is_of_a_run(name):
            if name != ".lock":
                left_out.append(name if len(parts) == 1 or parts[0] in FOLDERS else f"{parts[0]}/")
        elif "checkpoints" not in parts[:2] or path.parent in folders:
            found.append(_Source(name=name, path=path, shrinks=not name.endswith(STORED)))
    return sorted(found, key=lambda source: source.name), sorted(set(left_out))


def _walk(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder and below, by name; no link is followed."""
    for path in sorted(folder.iterdir()):
        kind = kind_of(path)
        if kind == "a folder":
            yield from _walk(path)
        elif kind is not None:
            yield path


def _without_optimizers(
    directory: RunDirectory, folders: list[Path], sources: list[_Source], temporary: Path
) -> list[_Source]:
    """The files with those of checkpoints written anew, in which optimizers stand before their first update."""
    changed: dict[str, _Source] = {}
    for number, folder in enumerate(folders):
        state = checkpoints.read(folder)
        fresh = {
            player: {name: np.zeros_like(slot) for name, slot in slots.items()}
            for player, slots in state.optimizers.items()
        }
        parent = temporary / str(number)
        parent.mkdir()
        written = checkpoints.write(parent, replace(state, optimizers=fresh, updates=dict.fromkeys(state.updates, 0)))
        for path in written.iterdir():
            name = (folder.relative_to(directory.path) / path.name).as_posix()
            changed[name] = _Source(name=name, path=path, shrinks=path.name == OPTIMIZERS)
    return [changed.get(source.name, source) for source in sources]


def _manifest(directory: RunDirectory, folders: list[Path], sources: list[_Source], left_out: list[str]) -> Manifest:
    files = []
    for source in sources:
        digest, size = hashlib.sha256(), 0
        for part in _bytes(source.path):
            digest.update(part)
            size += len(part)
        files.append(PackedFile(name=source.name, size=size, sha256=digest.hexdigest()))
    steps = [checkpoints.step_of(folder) or 0 for folder in folders if folder.parent == directory.checkpoints.path]
    library = f"gan-core {version('gan-core')}"
    name = str(plain_experiment(directory.path / "experiment.toml").get("name", ""))
    return new_manifest(library, name, max(steps, default=0), files, left_out)


def _write(path: Path, sources: list[_Source], manifest: Manifest) -> None:
    try:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(_entry(NAME, shrinks=True), manifest.encoded())
            for source in sources:
                with archive.open(_entry(source.name, shrinks=source.shrinks), "w", force_zip64=True) as member:
                    for part in _bytes(source.path):
                        member.write(part)
    except OSError as error:
        raise write_error(path, error) from None


def _entry(name: str, *, shrinks: bool) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, MOMENT)
    entry.compress_type = zipfile.ZIP_DEFLATED if shrinks else zipfile.ZIP_STORED
    entry.create_system, entry.external_attr = 3, 0o100644 << 16
    return entry


def _bytes(path: Path) -> Iterator[bytes]:
    with os.fdopen(open_file(path), "rb") as file:
        while part := file.read(AT_ONCE):
            yield part
