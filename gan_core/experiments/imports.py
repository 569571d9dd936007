"""Modules of a user's own, which an experiment names in ``imports``: they run before its words are read.

A name stands for ``NAME.py`` beside the experiment file, else for a module on Python's path. Files see each other by
their plain names, as scripts in one folder do, but stand in `sys.modules` under `PREFIX`, where they hide no package.
All files that will run are known before the first one does: those that are named, and those beside them that they
import. A run keeps a copy of each, with its SHA-256, in ``imports``; what is installed it records by name and version.

To run a module is to hand the machine to whoever wrote it. So the modules of a run, which may come from a stranger, run
only where the user allows it, or where this user has trained with the very same ones (`TRUSTED`).
"""

import ast
import builtins
import hashlib
import importlib
import importlib.util
import os
import re
import sys
import sysconfig
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import msgspec

from gan_core.data.places import cache_folder
from gan_core.errors import GanError, SpecError, UsageError, one_line
from gan_core.files.regular_files import read_file
from gan_core.files.whole_files import written_whole
from gan_core.printing import say
from gan_core.specs.registry import forget_words_of

PREFIX = "gan_imports."
FOLDER = "imports"
TRUSTED = "trusted-modules.txt"
LARGEST_MODULE_BYTES = 2**20
LARGEST_TABLE_BYTES = 2**26
MODULE_NAME = r"[A-Za-z_][A-Za-z0-9_]{0,99}(\.[A-Za-z_][A-Za-z0-9_]{0,99}){0,9}"
Tell = Callable[[str], object]


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


_RAN: dict[str, UserModule] = {}  # by name: what this process has run, or what that may import
_MODULES: dict[str, ModuleType] = {}  # by name: the files among them that have begun to run


def plain_name(name: str) -> str:
    """Return the name of a module as Python has it: ``my_layers.py`` is ``my_layers``."""
    return name.removesuffix(".py")


def check_names(names: Sequence[str]) -> None:
    """Raise `SpecError` for an entry of ``imports`` that names neither a module nor a file beside the experiment."""
    for name in names:
        whole = re.fullmatch(MODULE_NAME, plain_name(name))
        if not whole or (name.endswith(".py") and "." in plain_name(name)):
            raise SpecError(
                f"experiment.imports: expected the name of a module, as my_layers, or of a file beside the experiment, "
                f"as my_layers.py; got {name[:100]!r}"
            )


def load_beside(names: Sequence[str], folder: Path, allow: bool = True, tell: Tell = say) -> None:
    """Run the modules that an experiment in a folder names. Raises `UsageError` where one is missing or fails.

    allow: whether the user has named them; otherwise only trusted ones run. tell: is told what runs.
    """
    check_names(names)
    files: dict[str, UserModule] = {}
    for name in names:
        if (source := _source_folder(plain_name(name), folder, only_file=name.endswith(".py"))) is not None:
            _collect(plain_name(name), source, files)
    _check_allowed(names, files, allow)
    _run_all(names, files, tell)


def load_of_run(names: Sequence[str], run: Path, allow: bool = False, tell: Tell = say) -> None:
    """Run the modules that a run has kept. Raises `UsageError` unless each is as recorded, and allowed."""
    check_names(names)
    records = {record.module: record for record in kept_records(run)}
    for name in map(plain_name, names):
        if name not in records:
            raise UsageError(f"{run / 'environment.json'} says nothing of the module '{name}', which the run imports")
    copied = [name for name, record in records.items() if record.file is not None]
    files = {name: _kept_file(run, records[name], copied) for name in copied}
    _check_allowed(names, files, allow)
    _run_all(names, files, tell)
    for name in _installed_names(names, files):
        _tell_of_change(records[name], _RAN[name], tell)


def modules_of(names: Sequence[str]) -> list[UserModule]:
    """Return the modules that ``imports`` names and those beside them; what has not run yet runs, from this folder."""
    if missing := [name for name in names if plain_name(name) not in _RAN]:
        load_beside(missing, Path.cwd())
    found: dict[str, UserModule] = {}
    waiting = [plain_name(name) for name in names]
    while waiting:
        if (name := waiting.pop(0)) not in found:
            found[name] = _RAN[name]
            waiting += found[name].siblings
    return list(found.values())


def write_copies(names: Sequence[str], folder: Path) -> None:
    """Write the files of an experiment's modules to a folder, each whole or not at all. Raises `WriteError`."""
    for module in modules_of(names):
        if module.source is not None:
            with written_whole(folder / f"{module.name}.py") as path:
                path.write_bytes(module.source)


def trust(modules: Iterable[UserModule]) -> None:
    """Remember that this user trains with these modules, so that runs with the very same ones open without a word.

    Where the cache cannot be written nothing is remembered, and the user will be asked.
    """
    lines = sorted({module.mark for module in modules} - _trusted())
    try:
        folder = cache_folder()
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / TRUSTED, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
    except OSError:
        return


def kept_records(run: Path) -> list[ModuleRecord]:
    """Return what a run's ``environment.json`` says of modules. Raises `UsageError` for one that is damaged."""
    path = run / "environment.json"
    try:
        raw = read_file(path, LARGEST_TABLE_BYTES)
        return msgspec.json.decode(raw or b"", type=_Environment).imports
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise UsageError(f"{path} is damaged: {str(error).splitlines()[0][:200]}") from None


class _Environment(msgspec.Struct):
    imports: list[ModuleRecord] = []


def _trusted() -> set[str]:
    try:
        raw = read_file(cache_folder() / TRUSTED, LARGEST_TABLE_BYTES)
    except (OSError, GanError):
        return set()
    return set((raw or b"").decode("utf-8", "replace").splitlines())


def _installed_names(names: Sequence[str], files: Mapping[str, UserModule]) -> list[str]:
    return [name for name in map(plain_name, names) if name not in files]


def _check_allowed(names: Sequence[str], files: Mapping[str, UserModule], allow: bool) -> None:
    """Raise `UsageError`, with what would run, unless it is allowed, trusted, or has run in this process."""
    marks = {module.mark: module.word for name, module in files.items() if not _has_run(name, module.sha256)}
    strangers = [name for name in _installed_names(names, files) if name not in _RAN]
    marks |= {f"module {name}": f"the installed module {name}" for name in strangers}
    if allow or not marks:
        return
    trusted = _trusted()
    if strange := [word for mark, word in marks.items() if mark not in trusted]:
        raise UsageError(
            f"to open it would run {', '.join(strange)}, and a module can do whatever you can: look at it, then say "
            "allow_imports=True"
        )


def _has_run(name: str, sha256: str) -> bool:
    return name in _RAN and _RAN[name].sha256 == sha256


def _tell_of_change(record: ModuleRecord, module: UserModule, tell: Tell) -> None:
    """Say that an installed module is another than it was; it may well compute the same."""
    if record.sha256 != module.sha256:
        versions = f" (version {record.version or 'unknown'} then, {module.version or 'unknown'} now)"
        tell(f"gan: note: the installed module {record.module} has changed since the run was trained{versions}")


# where modules are found


def _source_folder(name: str, folder: Path, only_file: bool) -> Path | None:
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


def _collect(name: str, folder: Path, files: dict[str, UserModule]) -> None:
    """Add a file, and those beside it that it imports. Raises `UsageError` for one that is no Python."""
    path = folder / f"{name}.py"
    try:
        source = path.read_bytes() if path.stat().st_size <= LARGEST_MODULE_BYTES else None
    except OSError as error:
        raise UsageError(f"imports: {path} cannot be read: {error.strerror}") from None
    if source is None:
        raise UsageError(f"imports: {path} has more than {LARGEST_MODULE_BYTES} bytes; that is no module of a user's")
    others = [other for other in _imported(source, path) if other != name and (folder / f"{other}.py").is_file()]
    files[name] = UserModule(name=name, path=path, sha256=_sum(source), source=source, siblings=tuple(others))
    for other in others:
        if other not in files:
            _collect(other, folder, files)


def _kept_file(run: Path, record: ModuleRecord, copied: Sequence[str]) -> UserModule:
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
    if source is None or _sum(source) != record.sha256:
        raise UsageError(f"{path} is not the module that the run was trained with: restore it (sha256 {record.sha256})")
    others = tuple(name for name in copied if name != record.module)
    return UserModule(name=record.module, path=path, sha256=record.sha256, source=source, siblings=others)


def _imported(source: bytes, path: Path) -> list[str]:
    """Return the plain names that a module imports, wherever in it. Raises `UsageError` for one that is no Python."""
    try:
        tree = ast.parse(source, str(path))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = _reason(error, {str(path)})
        place = "" if reason.startswith(str(path)) else f"{path}: "  # of some faults Python does not say where
        raise UsageError(f"imports: {place}{reason}") from None
    names: dict[str, None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= dict.fromkeys(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names[node.module] = None
    return [name for name in names if "." not in name]


# how modules run


def _run_all(names: Sequence[str], files: Mapping[str, UserModule], tell: Tell) -> None:
    """Run the modules that are named and have not run yet: all of them, or nothing of them stays."""
    for name, module in files.items():
        if name in _RAN and not _has_run(name, module.sha256):
            raise UsageError(
                f"imports: {module.word} is another version of {_RAN[name].word}, which has run in this process: start "
                "a new one (in a notebook, restart the kernel)"
            )
        if name not in _RAN and (there := _imported_already(module)) is not None:
            _RAN[name], _MODULES[name] = module, there
    if waiting := [module.word for name, module in files.items() if name not in _RAN]:
        tell(f"gan: runs {', '.join(waiting)}")
    before = set(_MODULES)
    try:
        for name in map(plain_name, names):
            if name in files:
                _run(name, files)
        found = [_installed(name) for name in _installed_names(names, files) if name not in _RAN]
    except BaseException as error:
        for name in set(_MODULES) - before:
            _take_back(name)
        if isinstance(error, KeyboardInterrupt):
            raise
        raise UsageError(f"imports: {_reason(error, {str(module.path) for module in files.values()})}") from error
    _RAN.update(files)
    _RAN.update({module.name: module for module in found})


def _run(name: str, files: Mapping[str, UserModule]) -> ModuleType:
    """Return a file's module, which runs unless it has, or is being run."""
    if name in _MODULES:
        return _MODULES[name]
    file, module = files[name], ModuleType(PREFIX + name)
    module.__file__, module.__package__ = str(file.path), ""
    beside = {other: files[other] for other in files if other != name}
    module.__dict__["__builtins__"] = vars(builtins) | {"__import__": partial(_import, beside)}
    _MODULES[name] = sys.modules[PREFIX + name] = module
    assert file.source is not None
    try:
        exec(compile(file.source, str(file.path), "exec", dont_inherit=True), module.__dict__)  # noqa: S102
    except BaseException:
        _take_back(name)
        raise
    return module


def _take_back(name: str) -> None:
    """Forget a module that has begun to run, and its words."""
    del _MODULES[name]
    sys.modules.pop(PREFIX + name, None)
    forget_words_of(PREFIX + name)


def _import(files: Mapping[str, UserModule], name: str, *others: Any, **named: Any) -> Any:
    """Import as Python does, but for the files beside a module, which come first."""
    level = named.get("level", others[3] if len(others) > 3 else 0)
    if level == 0 and name in files:
        return _run(name, files)
    return builtins.__import__(name, *others, **named)


def _imported_already(file: UserModule) -> ModuleType | None:
    """Return the module of a file that the user's program has imported itself, or that is the program."""
    for name in (file.name, "__main__"):
        module = sys.modules.get(name)
        there = getattr(module, "__file__", None)
        if there and Path(there).is_file() and _sum(Path(there).read_bytes()) == file.sha256:
            return module
    return None


def _installed(name: str) -> UserModule:
    """Import a module on Python's path, and return what it is. Raises `UsageError` where it fails."""
    try:
        module = importlib.import_module(name)
    except BaseException as error:
        forget_words_of(name)
        if isinstance(error, KeyboardInterrupt):
            raise
        text = str(error) if isinstance(error, GanError) else f"{type(error).__name__}: {one_line(error, 300)}"
        raise UsageError(f"the installed module {name}: {text}") from error
    path = Path(getattr(module, "__file__", None) or "")
    source = path.read_bytes() if path.is_file() else b""
    return UserModule(name=name, path=path, sha256=_sum(source), version=_version(name))


def _version(name: str) -> str:
    """Return the version of the distribution that a module came with, or an empty text."""
    from importlib.metadata import PackageNotFoundError, packages_distributions, version

    names = packages_distributions().get(name.partition(".")[0], [])
    try:
        return version(names[0]) if names else ""
    except PackageNotFoundError:
        return ""


def _reason(error: BaseException, paths: set[str]) -> str:
    """Return what went wrong in a user's module, with the file and the line of it."""
    text = str(error) if isinstance(error, GanError) else f"{type(error).__name__}: {one_line(error, 300)}"
    if isinstance(error, SyntaxError) and error.filename in paths:
        return f"{error.filename}, line {error.lineno}: {type(error).__name__}: {error.msg}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in paths]
    return f"{frames[-1].filename}, line {frames[-1].lineno}: {text}" if frames else text


def _sum(source: bytes) -> str:
    return hashlib.sha256(source).hexdigest()
