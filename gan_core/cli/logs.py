"""`gan log`: a run that was trained without a logger, shown by one all the same."""

from typing import Annotated

import typer

from gan_core.cli import completions
from gan_core.cli.application import app, examples
from gan_core.cli.parameters import AllowImports, RunPath


@app.command(name="log", epilog=examples("gan log runs/a --to tensorboard,csv", "tensorboard --logdir runs"))
def log(
    run: RunPath,
    to: Annotated[
        str,
        typer.Option(
            metavar="A,B", help="tensorboard, csv, wandb, or a logger of your own.", autocompletion=completions.loggers
        ),
    ],
    allow_imports: AllowImports = False,
) -> None:
    """Tell what a run's files hold to TensorBoard, a table or another logger, after its training."""
    from gan_core.loggers.past_runs import log_run

    log_run(run, to, allow_imports=allow_imports)
    print(run)
