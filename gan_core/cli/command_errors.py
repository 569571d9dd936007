"""Errors at the command line: one line in the words of the command line, and an exit status."""

import os
import re
import traceback
from collections.abc import Iterable, Mapping
from typing import Any

from gan_core.errors import GanError
from gan_core.printing import say

INTERRUPTED = 130  # 128 + the number of SIGINT, as shells have it


def report(error: BaseException, app: Any) -> int | None:
    """Say an error in one line and return the exit status; None, and no line, for an error that no user can cause."""
    if isinstance(error, GanError):
        line, status = in_options(str(error.args[0]), options_of(app)), error.exit_status
    elif isinstance(error, MemoryError):
        line, status = "this needs more memory than there is; lower the batch size or the sizes of layers", 1
    elif type(error).__name__ == "Abort":  # Ctrl-C, before a run listens for it
        line, status = "interrupted", INTERRUPTED
    elif hasattr(error, "format_message"):  # of the library that reads the command line, wherever its module lies
        return _wrong_use(error)
    else:
        return None
    if os.environ.get("GAN_DEBUG"):
        traceback.print_exception(error)
    say(f"gan: {line}")
    return status


def in_options(text: str, options: Mapping[str, str]) -> str:
    """Return a message of the library with its arguments as a user of the command line types them.

    The library says ``label=12`` and ``data_dir=FOLDER``, as in Python; here that is ``--label 12`` and
    ``--data-dir FOLDER``, and ``interpolate=True`` is ``--interpolate``. Keys with dots, paths and quotes stay.
    """
    words = "|".join(sorted(map(re.escape, options), key=len, reverse=True))
    return re.sub(
        rf"(?<![\w./\\'\"-])({words})=(True\b)?",
        lambda match: options[match[1]] + ("" if match[2] else " "),
        text,
    )


def options_of(app: Any) -> dict[str, str]:
    """Return how every option of every command is typed, by its name in Python: data_dir → --data-dir."""
    from typer.main import get_command

    options: dict[str, str] = {}
    for command in _commands(get_command(app)):
        for parameter in command.params:
            if parameter.param_type_name == "option":
                typed = _typed(parameter.opts)
                options |= {str(parameter.name): typed, typed.strip("-").replace("-", "_"): typed}
    return options


def _typed(spellings: Iterable[str]) -> str:
    return max(spellings, key=len)


def _commands(command: Any) -> Iterable[Any]:
    yield command
    for inner in getattr(command, "commands", {}).values():
        yield from _commands(inner)


def _wrong_use(error: Any) -> int:
    """Say what is wrong with the words that were typed, and where help is."""
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        return int(error.exit_code)
    text = " ".join(error.format_message().split()).rstrip(".")
    text = text[:1].lower() + text[1:]
    command = error.ctx.command_path if getattr(error, "ctx", None) else "gan"
    if getattr(getattr(error, "param", None), "name", None) in ("backend", "backends"):
        text += f"; {installed_here()}"
    say(f"gan: {text}; see  {command} --help")
    return int(error.exit_code)


def installed_here() -> str:
    """Return in words which backends are installed, and which are not."""
    from gan_core.cli.doctor import available

    backends = available()
    present = [name for name, installed in backends.items() if installed]
    missing = [name for name, installed in backends.items() if not installed]
    text = f"installed here: {', '.join(present)}" if present else "no framework is installed"
    return text + (f" (not installed: {', '.join(missing)}; gan doctor says how)" if missing else "")
