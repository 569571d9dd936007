"""`gan lesson`: one experiment in all frameworks side by side, as a page and a notebook."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from gan_core.cli import completions
from gan_core.cli.application import app, examples
from gan_core.cli.parameters import AllowImports, Changes, DataDir, Device, words
from gan_core.errors import UsageError
from gan_core.printing import say


@app.command(
    epilog=examples(
        "gan lesson mnist-mlp --out lesson",
        "gan lesson mnist-mlp --out lesson --language zh",
        "gan lesson --all --quick",
    )
)
def lesson(
    experiment: Annotated[
        str | None,
        typer.Argument(
            metavar="[PRESET|FILE]",
            help="A name of `gan list`, a TOML or JSON file, or a run.",
            autocompletion=completions.experiments,
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where it goes; by default lessons/NAME.")] = None,
    language: Annotated[str, typer.Option(metavar="en|zh", help="The language of its texts.")] = "en",
    backends: Annotated[str, typer.Option(metavar="A,B,C", help="Frameworks; by default all that are installed.")] = "",
    steps: Annotated[int, typer.Option(metavar="STEPS", help="Steps of the runs that are measured.")] = 50,
    changes: Changes = None,
    quick: Annotated[bool, typer.Option("--quick", help="Run nothing: code, drawings and differences alone.")] = False,
    every: Annotated[
        bool, typer.Option("--all", help="A quick page of each preset, and a page that leads to all lessons.")
    ] = False,
    notebook: Annotated[bool, typer.Option(help="Write lesson.ipynb too, executed unless --quick.")] = True,
    device: Device = "cpu",
    data_dir: DataDir = None,
    allow_imports: AllowImports = False,
) -> None:
    """Make a lesson: one page with an experiment in all frameworks side by side, what differs, and measurements."""
    from gan_core.presets.loading import read_changes

    if every == (experiment is not None):
        raise UsageError("gan lesson: name an experiment, or --all for every preset")
    if every:
        from gan_core.lessons.overview import make_overview

        if changes:
            raise UsageError("gan lesson --all takes presets as they are: leave --set out")
        made = make_overview(out or Path("lessons"), backends=words(backends), language=language, tell=say)
        print(made)
        return
    from gan_core.lessons.lesson import make_lesson

    assert experiment is not None
    typed = ["gan", "lesson", experiment, "--steps", str(steps), "--language", language]
    for word in changes or ():
        typed += ["--set", word]
    made_lesson = make_lesson(
        experiment,
        out,
        backends=words(backends),
        steps=steps,
        language=language,
        changes=read_changes(changes),
        quick=quick,
        notebook=notebook,
        device=device,
        data_dir=data_dir,
        allow_imports=allow_imports or None,
        command=shlex.join(typed + (["--quick"] if quick else [])),
        tell=say,
    )
    print("  ".join(str(path) for path in made_lesson.files))
