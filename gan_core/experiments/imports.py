"""Modules of a user's own, which an experiment names in ``imports``: they run before its words are read.

A name stands for ``NAME.py`` beside the experiment file, else for a module on Python's path. Files see each other by
their plain names, as scripts in one folder do, but stand in `sys.modules` under `PREFIX`, where they hide no package.
All files that will run are known before the first one does: those that are named, and those beside them that they
import. A run keeps a copy of each, with its SHA-256, in ``imports``; what is installed it records by name and version.

To run a module is to hand the machine to whoever wrote it. So the modules of a run, which may come from a stranger, run
only where the user allows it, or where this user has trained with the very same ones (`TRUSTED`).
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from gan_core.data.places import cache_folder
from gan_core.errors import GanError, SpecError, UsageError
from gan_core.experiments.running_modules import RAN, has_run, installed_names, run_all
from gan_core.experiments.user_modules import (
    MODULE_NAME,
    ModuleRecord,
    UserModule,
    collect,
    kept_file,
    plain_name,
    source_folder,
)
from gan_core.files.regular_files import read_file
from gan_core.files.whole_files import written_whole
from gan_core.printing import Tell, say

TRUSTED = "trusted-modules.txt"
LARGEST_TABLE_BYTES = 2**26


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
        if (source := source_folder(plain_name(name), folder, only_file=name.endswith(".py"))) is not None:
            collect(plain_name(name), source, files)
    _check_allowed(names, files, allow)
    run_all(names, files, tell)


def load_of_run(names: Sequence[str], run: Path, allow: bool = False, tell: Tell = say) -> None:
    """Run the modules that a run has kept. Raises `UsageError` unless each is as recorded, and allowed."""
    check_names(names)
    records = {record.module: record for record in kept_records(run)}
    for name in map(plain_name, names):
        if name not in records:
            raise UsageError(f"{run / 'environment.json'} says nothing of the module '{name}', which the run imports")
    copied = [name for name, record in records.items() if record.file is not None]
    files = {name: kept_file(run, records[name], copied) for name in copied}
    _check_allowed(names, files, allow)
    run_all(names, files, tell)
    for name in installed_names(names, files):
        _tell_of_change(records[name], RAN[name], tell)


def modules_of(names: Sequence[str]) -> list[UserModule]:
    """Return the modules that ``imports`` names and those beside them; what has not run yet runs, from this folder."""
    if missing := [name for name in names if plain_name(name) not in RAN]:
        load_beside(missing, Path.cwd())
    found: dict[str, UserModule] = {}
    waiting = [plain_name(name) for name in names]
    while waiting:
        if (name := waiting.pop(0)) not in found:
            found[name] = RAN[name]
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


def _check_allowed(names: Sequence[str], files: Mapping[str, UserModule], allow: bool) -> None:
    """Raise `UsageError`, with what would run, unless it is allowed, trusted, or has run in this process."""
    marks = {module.mark: module.word for name, module in files.items() if not has_run(name, module.sha256)}
    strangers = [name for name in installed_names(names, files) if name not in RAN]
    marks |= {f"module {name}": f"the installed module {name}" for name in strangers}
    if allow or not marks:
        return
    trusted = _trusted()
    if strange := [word for mark, word in marks.items() if mark not in trusted]:
        raise UsageError(
            f"to open it would run {', '.join(strange)}, and a module can do whatever you can: look at it, then say "
            "allow_imports=True"
        )


def _tell_of_change(record: ModuleRecord, module: UserModule, tell: Tell) -> None:
    """Say that an installed module is another than it was; it may well compute the same."""
    if record.sha256 != module.sha256:
        versions = f" (version {record.version or 'unknown'} then, {module.version or 'unknown'} now)"
        tell(f"gan: note: the installed module {record.module} has changed since the run was trained{versions}")
