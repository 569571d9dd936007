"""`gan montage` and `scores`: pictures of what runs have left."""

from pathlib import Path
from typing import Annotated

import typer

from gan_core.cli import completions
from gan_core.cli.answers import print_json
from gan_core.cli.application import app, examples
from gan_core.cli.parameters import AllowImports, AsJson, fractions, numbers
from gan_core.cli.results import print_scored_runs, tell

Runs = Annotated[list[Path], typer.Argument(metavar="RUN…", help="Run directories.", autocompletion=completions.runs)]


@app.command(
    epilog=examples("gan montage runs/a --epochs 1,15,25 --out faces.png", "gan montage runs/a --out faces.gif")
)
def montage(
    runs: Runs,
    epochs: Annotated[str, typer.Option(metavar="N,N", help="The sheets of the ends of these epochs.")] = "",
    steps: Annotated[str, typer.Option(metavar="N,N", help="The sheets of these steps.")] = "",
    columns: Annotated[int | None, typer.Option(min=1, metavar="N", help="Sheets in a row.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=".png or .gif; by default montage.png, of one run in its directory."),
    ] = None,
    allow_imports: AllowImports = False,
) -> None:
    """Put the sheets of runs over time into one picture, or an animated GIF: a block for each run."""
    from gan_core.runs.montage import montage as draw_montage

    path = draw_montage(
        runs,
        out,
        epochs=fractions("--epochs", epochs),
        steps=numbers("--steps", steps),
        columns=columns,
        allow_imports=allow_imports,
    )
    print(path)


@app.command(epilog=examples("gan scores runs/a", "gan scores runs/a runs/b --out scores"))
def scores(
    runs: Runs,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where the pictures go: by default scores, of one run its directory."),
    ] = None,
    allow_imports: AllowImports = False,
    json: AsJson = False,
) -> None:
    """Say which scores of runs differ from the first run's, by their evaluations, and draw those during training."""
    from gan_core.evaluation.over_time import scores_over_time
    from gan_core.evaluation.score_differences import scored_runs

    found = scored_runs(runs, allow_imports=allow_imports, tell=tell)
    paths = scores_over_time(runs, out, allow_imports=allow_imports, tell=tell)
    if json:
        print_json({**found.plain(), "figures": [str(path) for path in paths]})
        return
    print_scored_runs(found)
    if paths:
        print("  ".join(str(path) for path in paths))
