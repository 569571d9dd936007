"""`gan code`: an experiment as a plain program of a framework."""

from pathlib import Path
from typing import Annotated

import typer

from gan_core.cli.application import app, examples
from gan_core.cli.parameters import AllowImports, Changes, Preset
from gan_core.errors import UsageError


@app.command(
    epilog=examples(
        "gan code mnist-mlp --backend torch --out mnist_mlp.py", "gan code mine.toml --backend keras --style tutorial"
    )
)
def code(
    experiment: Preset,
    backend: Annotated[
        str | None, typer.Option("--backend", envvar="GAN_BACKEND", metavar="NAME", help="The framework.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.py", help="Where it goes; by default to standard output.")
    ] = None,
    style: Annotated[
        str, typer.Option(metavar="full|tutorial", help="tutorial is shorter: no checkpoints, losses alone.")
    ] = "full",
    changes: Changes = None,
    allow_imports: AllowImports = False,
) -> None:
    """Write an experiment as one training program of a framework, which needs nothing of gan.

    It computes the same numbers from the same weights and random numbers.
    """
    from gan_core.presets.loading import read_changes
    from gan_core.programs.writing import save_program, write_program

    if backend is None:
        raise UsageError("gan code: name the framework with --backend")
    if out is not None and out.exists():
        raise UsageError(f"{out} exists already; name another file with out=FILE, or remove it")
    program = write_program(
        experiment,
        backend,
        changes=read_changes(changes),
        style=style,  # type: ignore[arg-type]  # which is checked there
        allow_imports=allow_imports,
    )
    if out is None:
        print(program.text, end="")
    else:
        print(save_program(program, out))
