"""The application `gan` itself, to which every command is added, and the options of all of them."""

import os
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.models import CommandFunctionType
from typing_extensions import override

from gan_core.cli.grouped_help import GroupedCommand, GroupedCommands
from gan_core.printing import OUTPUT

HELP = {"help_option_names": ["-h", "--help"]}
KEEPS_FILES = {  # not output alone
    *("train", "resume", "sample", "compare", "evaluate", "classes", "scores", "modes", "montage", "sweep", "weights"),
    *("lesson", "port", "log", "report", "export", "card", "pack", "unpack"),
}


class Application(typer.Typer):
    """A Typer application whose commands have their options in groups."""

    @override
    def command(self, name: str | None = None, **settings: Any) -> Callable[[CommandFunctionType], CommandFunctionType]:
        """Return what adds a command; the arguments are Typer's."""
        return super().command(name, cls=GroupedCommand, **settings)


app = Application(
    cls=GroupedCommands,
    name="gan",
    help="One GAN experiment, three frameworks, the same numbers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings=HELP,
    epilog="Exit status: 0 all went well; 1 a run failed, diff, compare or doctor found something, or output was lost; "
    "2 wrong use; 130 Ctrl-C.",
)
weights = Application(name="weights", help="Weights out to a framework's own file, and back.", no_args_is_help=True)
app.add_typer(weights)


def examples(*lines: str) -> str:
    """Return the foot of a command's help; after the mark, Typer keeps lines as they are."""
    return "\b\n" + "\n".join([f"Example{'s' * (len(lines) > 1)}:", *(f"  {line}" for line in lines)])


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"gan-core {version('gan-core')}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """One GAN experiment, three frameworks, the same numbers."""
    if debug:
        os.environ["GAN_DEBUG"] = "1"
    asks_for_help = not {"-h", "--help"}.isdisjoint(sys.argv)
    OUTPUT.answers = asks_for_help or context.invoked_subcommand not in KEEPS_FILES
