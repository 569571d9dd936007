"""The application `gan` itself, to which every command is added, and the options of all of them."""

import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typing_extensions import override

from gan_core.printing import OUTPUT

HELP = {"help_option_names": ["-h", "--help"]}
KEEPS_FILES = {  # not output alone
    *("train", "resume", "sample", "compare", "evaluate", "classes", "scores", "modes", "montage", "sweep", "weights"),
    *("lesson", "port", "export", "card", "pack", "unpack"),
}

ORDER = (
    *("list", "explain", "show", "diff", "code", "lesson", "train", "resume", "sample", "montage", "weights", "port"),
    *("export", "card", "pack", "unpack", "runs"),
    *("compare", "evaluate", "scores", "classes", "modes", "sweep", "doctor"),
)


class Commands(TyperGroup):
    """The commands of `gan` in the order in which a newcomer needs them, whichever module brings them."""

    @override
    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names for `gan --help`; one that `ORDER` lacks comes last."""
        return sorted(self.commands, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))


app = typer.Typer(
    cls=Commands,
    name="gan",
    help="One GAN experiment, three frameworks, the same numbers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings=HELP,
    epilog="Exit status: 0 all went well; 1 a run failed, diff, compare or doctor found something, or output was lost; "
    "2 wrong use; 130 Ctrl-C.",
)
weights = typer.Typer(name="weights", help="Weights out to a framework's own file, and back.", no_args_is_help=True)
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
