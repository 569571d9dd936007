"""How modules of a user's own run: all that are named or none, and what has run in this process."""

import builtins
import importlib
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from gan_core.errors import GanError, UsageError, one_line
from gan_core.experiments.user_modules import PREFIX, UserModule, plain_name, reason_of, sha256_of
from gan_core.printing import Tell
from gan_core.specs.registry import forget_words_of

RAN: dict[str, UserModule] = {}  # by name: what this process has run, or what that may import
MODULES: dict[str, ModuleType] = {}  # by name: the files among them that have begun to run


def has_run(name: str, sha256: str) -> bool:
    """Return whether this process has run the module of that name, with that file."""
    return name in RAN and RAN[name].sha256 == sha256


def run_all(names: Sequence[str], files: Mapping[str, UserModule], tell: Tell) -> None:
    """Run the modules that are named and have not run yet: all of them, or nothing of them stays."""
    for name, module in files.items():
        if name in RAN and not has_run(name, module.sha256):
            raise UsageError(
                f"imports: {module.word} is another version of {RAN[name].word}, which has run in this process: start "
                "a new one (in a notebook, restart the kernel)"
            )
        if name not in RAN and (there := _imported_already(module)) is not None:
            RAN[name], MODULES[name] = module, there
    if waiting := [module.word for name, module in files.items() if name not in RAN]:
        tell(f"gan: runs {', '.join(waiting)}")
    before = set(MODULES)
    try:
        for name in map(plain_name, names):
            if name in files:
                _run(name, files)
        found = [_installed(name) for name in installed_names(names, files) if name not in RAN]
    except BaseException as error:
        for name in set(MODULES) - before:
            _take_back(name)
        if isinstance(error, KeyboardInterrupt):
            raise
        raise UsageError(f"imports: {reason_of(error, {str(module.path) for module in files.values()})}") from error
    RAN.update(files)
    RAN.update({module.name: module for module in found})


def _run(name: str, files: Mapping[str, UserModule]) -> ModuleType:
    """Return a file's module, which runs unless it has, or is being run."""
    if name in MODULES:
        return MODULES[name]
    file, module = files[name], ModuleType(PREFIX + name)
    module.__file__, module.__package__ = str(file.path), ""
    beside = {other: files[other] for other in files if other != name}
    module.__dict__["__builtins__"] = vars(builtins) | {"__import__": partial(_import, beside)}
    MODULES[name] = sys.modules[PREFIX + name] = module
    assert file.source is not None
    try:
        exec(compile(file.source, str(file.path), "exec", dont_inherit=True), module.__dict__)  # noqa: S102
    except BaseException:
        _take_back(name)
        raise
    return module


def _take_back(name: str) -> None:
    """Forget a module that has begun to run, and its words."""
    del MODULES[name]
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
        if there and Path(there).is_file() and sha256_of(Path(there).read_bytes()) == file.sha256:
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
    return UserModule(name=name, path=path, sha256=sha256_of(source), version=_version(name))


def _version(name: str) -> str:
    """Return the version of the distribution that a module came with, or an empty text."""
    from importlib.metadata import PackageNotFoundError, packages_distributions, version

    names = packages_distributions().get(name.partition(".")[0], [])
    try:
        return version(names[0]) if names else ""
    except PackageNotFoundError:
        return ""


def installed_names(names: Sequence[str], files: Mapping[str, UserModule]) -> list[str]:
    """Return those of the names that stand for no file, and so for installed modules."""
    return [name for name in map(plain_name, names) if name not in files]
