"""`gan report`: the page of runs, written or served while they train."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from gan_core.cli import completions
from gan_core.cli.application import app, examples
from gan_core.cli.parameters import AllowImports, DataDir, Device
from gan_core.errors import UsageError
from gan_core.printing import say


@app.command(
    epilog=examples("gan report runs/a", "gan report runs/a runs/b --out both.html", "gan report --watch runs/a")
)
def report(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUN…", help="Run directories, one or several.", autocompletion=completions.runs),
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A .html file; by default report.html, of one run in its directory."),
    ] = None,
    language: Annotated[str, typer.Option(metavar="en|zh", help="The language of its texts.")] = "en",
    walk: Annotated[
        bool, typer.Option("--walk", help="First draw a walk between latents, on each run's own framework.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Serve the page on this machine while the run trains; write nothing.")
    ] = False,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, metavar="N", help="With --watch: the port; 0 is any free one.")
    ] = None,
    device: Device = "cpu",
    data_dir: DataDir = None,
    allow_imports: AllowImports = False,
) -> None:
    """Make the report of a run, or of several side by side: one HTML file that needs no network."""
    if watch:
        from gan_core.reports.watching import PORT, watch_runs

        if out is not None or walk:
            raise UsageError("--watch writes nothing: leave --out and --walk out")
        watch_runs(runs, PORT if port is None else port, language=language, allow_imports=allow_imports, tell=say)
        return
    from gan_core.reports.report import report as make_report

    if port is not None:
        raise UsageError("--port goes with --watch")
    typed = shlex.join(["gan", "report", *map(str, runs)])
    print(
        make_report(
            runs,
            out,
            language=language,
            walk=walk,
            device=device,
            data_dir=data_dir,
            allow_imports=allow_imports,
            command=typed,
        )
    )
