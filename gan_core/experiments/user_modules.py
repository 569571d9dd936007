"""Modules of a user's own as data: what is known of one before it runs, and where its file is found."""

import ast
import hashlib
import importlib.util
import sysconfig
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from gan_core.errors import GanError, UsageError, one_line
from gan_core.files.regular_files import read_file

PREFIX = "gan_imports."
FOLDER = "imports"
LARGEST_MODULE_BYTES = 2**20
MODULE_NAME = r"[A-Za-z_][A-Za-z0-9_]{0,99}(\.[A-Za-z_][A-Za-z0-9_]{0,99}){0,9}"


class ModuleRecord(msgspec.Struct, kw_only=True):
    """What ``environment.json`` says of a module that a run needs.

    file: where its copy lies in the run, ``imports/NAME.py``; None for an installed one. sha256: of its file.
    """

    module: Annotated[str, msgspec.Meta(pattern=rf"^{MODULE_NAME}\Z")]
    sha256: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
    file: str | None = None
    version: str = ""


@dataclass(frozen=True, kw_only=True)
class UserModule:
    """A module that is to run, or has.

    source: the text of its file, None for an installed one. siblings: the files beside it that it imports.
    """

    name: str
    path: Path
    sha256: str
    source: bytes | None = None
    siblings: tuple[str, ...] = ()
    version: str = ""

    @property
    def word(self) -> str:
        """What it is called in messages."""
        kind = str(self.path) if self.source is not None else f"the installed module {self.name}"
        return f"{kind} (sha256 {self.sha256[:8]}…)"

    @property
    def mark(self) -> str:
        """Its line in the table of trusted modules: an installed one is trusted by name, since it is upgraded."""
        return f"sha256 {self.sha256}" if self.source is not None else f"module {self.name}"

    @property
    def record(self) -> dict[str, str]:
        """What ``environment.json`` says of it."""
        kept = {"file": f"{FOLDER}/{self.name}.py"} if self.source is not None else {}
        version = {"version": self.version} if self.version else {}
        return {"module": self.name, "sha256": self.sha256} | kept | version


def plain_name(name: str) -> str:
    """Return the name of a module as Python has it: ``my_layers.py`` is ``my_layers``."""
    return name.removesuffix(".py")


def source_folder(name: str, folder: Path, only_file: bool) -> Path | None:
    """Return the folder of the file that a name means; None for an installed module. Raises `UsageError` for none.

    A file on the path that belongs to no installed package (a script's neighbour) counts as a file.
    """
    if (folder / f"{name}.py").is_file():
        return folder
    if "." in name:  # to look for it would run the package that it is in
        return None
    try:
        spec = None if only_file else importlib.util.find_spec(name)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        where = "" if only_file else ", and no module of that name on Python's path"
        raise UsageError(f"imports: there is no file {folder / name}.py{where}")
    origin = Path(spec.origin or "")
    plain = spec.submodule_search_locations is None and origin.suffix == ".py"
    return origin.parent if plain and not _is_installed(origin) else None


def _is_installed(path: Path) -> bool:
    places = {sysconfig.get_path(key) for key in ("stdlib", "platstdlib", "purelib", "platlib")}
    return any(path.is_relative_to(place) for place in places) or "site-packages" in path.parts


def collect(name: str, folder: Path, files: dict[str, UserModule]) -> None:
    """Add a file, and those beside it that it imports. Raises `UsageError` for one that is no Python."""
    path = folder / f"{name}.py"
    try:
        source = path.read_bytes() if path.stat().st_size <= LARGEST_MODULE_BYTES else None
    except OSError as error:
        raise UsageError(f"imports: {path} cannot be read: {error.strerror}") from None
    if source is None:
        raise UsageError(f"imports: {path} has more than {LARGEST_MODULE_BYTES} bytes; that is no module of a user's")
    others = [other for other in _imported(source, path) if other != name and (folder / f"{other}.py").is_file()]
    files[name] = UserModule(name=name, path=path, sha256=sha256_of(source), source=source, siblings=tuple(others))
    for other in others:
        if other not in files:
            collect(other, folder, files)


def kept_file(run: Path, record: ModuleRecord, copied: Sequence[str]) -> UserModule:
    """Return a module of which a run has a copy. Raises `UsageError` for one that is not as it was recorded.

    copied: all modules of which there is one. The text is not looked into before it is allowed to run.
    """
    path = run / FOLDER / f"{record.module}.py"
    if record.file != f"{FOLDER}/{record.module}.py" or "." in record.module:
        raise UsageError(f"{run / 'environment.json'} is damaged: the copy of a module lies in {FOLDER}/NAME.py")
    try:
        source = read_file(path, LARGEST_MODULE_BYTES)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    if source is None or sha256_of(source) != record.sha256:
        raise UsageError(f"{path} is not the module that the run was trained with: restore it (sha256 {record.sha256})")
    others = tuple(name for name in copied if name != record.module)
    return UserModule(name=record.module, path=path, sha256=record.sha256, source=source, siblings=others)


def _imported(source: bytes, path: Path) -> list[str]:
    """Return the plain names that a module imports, wherever in it. Raises `UsageError` for one that is no Python."""
    try:
        tree = ast.parse(source, str(path))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = reason_of(error, {str(path)})
        place = "" if reason.startswith(str(path)) else f"{path}: "  # of some faults Python does not say where
        raise UsageError(f"imports: {place}{reason}") from None
    names: dict[str, None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= dict.fromkeys(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names[node.module] = None
    return [name for name in names if "." not in name]


def reason_of(error: BaseException, paths: set[str]) -> str:
    """Return what went wrong in a user's module, with the file and the line of it."""
    text = str(error) if isinstance(error, GanError) else f"{type(error).__name__}: {one_line(error, 300)}"
    if isinstance(error, SyntaxError) and error.filename in paths:
        return f"{error.filename}, line {error.lineno}: {type(error).__name__}: {error.msg}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in paths]
    return f"{frames[-1].filename}, line {frames[-1].lineno}: {text}" if frames else text


def sha256_of(source: bytes) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal digits."""
    return hashlib.sha256(source).hexdigest()
