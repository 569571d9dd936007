"""Where in a user's program something is made or called: the line that a refusal names."""

import sys
import sysconfig
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary

from gan_core.errors import GanError, SpecError, one_line

_MADE: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
_OWN = Path(__file__).resolve().parent.parent


def user_line() -> str:
    """Return the line of the user's program that is being run, as "dcgan.py, line 34"; "" where there is none."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if _is_users(frame.f_code.co_filename, frame.f_globals.get("__name__", "")):
            return f"{Path(frame.f_code.co_filename).name}, line {frame.f_lineno}"
        frame = frame.f_back
    return ""


@cache
def _is_users(file: str, module: str) -> bool:
    path, package = Path(file), module.partition(".")[0]
    if file.startswith("<") or package in ("gan_core", "gan_backends") or "site-packages" in path.parts:
        return False
    places = [sysconfig.get_path(key) for key in ("stdlib", "platstdlib", "purelib", "platlib")]
    return not path.resolve().is_relative_to(_OWN) and not any(path.is_relative_to(place) for place in places)


@contextmanager
def noting_where_made(base: type) -> Iterator[None]:
    """Remember for each module that is made within the block which of the user's lines makes it; base: of modules."""
    original = base.__init__  # type: ignore[misc]

    def noting(self: Any, *given: Any, **named: Any) -> None:
        original(self, *given, **named)
        line = user_line()
        with suppress(TypeError):  # a class of the user's whose objects have no hash
            if line and self not in _MADE:
                _MADE[self] = line

    base.__init__ = noting  # type: ignore[misc]
    try:
        yield
    finally:
        base.__init__ = original  # type: ignore[misc]


_RUNNING: list[tuple[Any, str]] = []


@contextmanager
def running(module: Any, word: str) -> Iterator[None]:
    """Say within the block that a module of the user's is being followed; word: what it is called in messages."""
    _RUNNING.append((module, word))
    try:
        yield
    finally:
        _RUNNING.pop()


def running_module() -> Any:
    """Return the module of the user's that is being followed, or None."""
    return _RUNNING[-1][0] if _RUNNING else None


def refused(what: str) -> SpecError:
    """Return the error for what has no counterpart, with the module that has it and the lines that make and call it."""
    word, made = "", ""
    if _RUNNING:
        module, word = _RUNNING[-1]
        with suppress(TypeError):
            made = _MADE.get(module, "")
    called = user_line()
    lines = [f"made at {made}"] if made else []
    lines += [f"called at {called}"] if called and called != made else []
    place = f" ({'; '.join(lines)})" if lines else ""
    return SpecError(f"{word + ': ' if word else ''}no counterpart here for {what}{place}")


@contextmanager
def unfollowed(what: str) -> Iterator[None]:
    """Turn whatever fails within the block into one line that says what was expected, with the user's line."""
    try:
        yield
    except GanError:
        raise
    except Exception as error:
        lines = [
            f"{Path(frame.f_code.co_filename).name}, line {line}"
            for frame, line in traceback.walk_tb(error.__traceback__)
            if _is_users(frame.f_code.co_filename, frame.f_globals.get("__name__", ""))
        ]
        place = f" ({lines[-1]})" if lines else ""
        raise SpecError(f"{what}{place}: {type(error).__name__}: {one_line(error, 300)}") from error
