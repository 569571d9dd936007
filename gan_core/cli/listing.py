"""`gan list`, `explain`, `show` and `doctor`: what there is, and what it is."""

from pathlib import Path
from typing import Annotated

import typer

from gan_core.cli import completions
from gan_core.cli.answers import print_file, print_json, print_table, terminal_columns
from gan_core.cli.application import app, examples
from gan_core.cli.parameters import AllowImports, AsJson, Changes, Preset
from gan_core.errors import UsageError


@app.command(name="list", epilog=examples("gan list", "gan list presets --search attention", "gan list recipes"))
def list_words(
    kind: Annotated[
        str | None,
        typer.Argument(
            metavar="[KIND]",
            help="presets (by default), recipes, layers, losses, objectives, penalties, terms, optimizers, schedules, "
            "initializers, data, metrics, features, fields, checks, loggers, models or backends.",
            autocompletion=completions.one_of(*completions.KINDS),
        ),
    ] = None,
    search: Annotated[
        str | None, typer.Option(metavar="WORD", help="Only what WORD stands in; without KIND, of all kinds.")
    ] = None,
    recipes: Annotated[
        bool, typer.Option("--recipes", help="The recipes: settings of presets for the best samples in minutes.")
    ] = False,
    wide: Annotated[bool, typer.Option("--wide", help="All columns, however narrow the terminal is.")] = False,
    json: AsJson = False,
) -> None:
    """Show the presets and the backends that are installed, or all that experiments can be made of.

    Presets are found by name, group, paper, what they stand for, and the layers, losses and objectives in them.
    """
    from gan_core.cli.explanations import rows

    if recipes and kind not in (None, "recipes"):
        raise UsageError(f"{kind} or --recipes? ask for one of them")
    if recipes or kind == "recipes":
        _list_recipes(json, search, wide)
        return
    if kind == "presets" or (kind is None and search is None):
        _list_presets(json, search, wide)
        return
    found = rows(kind, search)
    if json:
        print_json({kind or "words": found})
    elif found:
        print_table(found, wide=wide)
        print("gan explain NAME tells all of one")
    else:
        print(f"nothing under '{search}'" if search else f"this version names no {kind}")


def _list_presets(json: bool, search: str | None = None, wide: bool = False) -> None:
    from gan_core.cli.doctor import available
    from gan_core.cli.explanations import holds
    from gan_core.cli.words import preset_words
    from gan_core.presets import PRESETS

    backends = available()
    rows = []
    for word in preset_words():
        if search and not holds(word, search):
            continue
        name, entry = word.name, PRESETS[word.name]
        made = entry.make()
        parameters = sum(made.plans[network].parameters for network in made.networks)
        rows.append(
            {
                "preset": name,
                "group": entry.group,
                "paper": entry.paper,
                "stands for": entry.stands_for,
                "data": made.data.__struct_config__.tag,  # type: ignore[attr-defined]
                "parameters": parameters,
                "batch": made.training.batch_size,
                "steps": made.training.steps,
                "summary": made.summary,
            }
        )
    if json:
        print_json({"presets": rows, "backends": backends})
        return
    if not rows:
        print(f"no preset has '{search}' in its name, text, paper, source or parts")
        return
    print_table(rows, optional=["batch", "steps", "parameters", "data", "stands for", "paper", "group"], wide=wide)
    for name, installed in backends.items():
        print(f"backend {name}: " + ("installed" if installed else f"missing; pip install 'gan-core[{name}]'"))


def _list_recipes(json: bool, search: str | None, wide: bool) -> None:
    from gan_core.cli.explanations import holds
    from gan_core.cli.words import recipe_words
    from gan_core.presets import RECIPES
    from gan_core.presets.reached import reached

    rows: list[dict[str, object]] = []
    for word in recipe_words():
        if search and not holds(word, search):
            continue
        entry, found = RECIPES[word.name], reached().get(word.name)
        rows.append(
            {
                "recipe": word.name,
                "of": entry.recipe_of,
                "changes": entry.changed,
                "steps": entry.make().training.steps,
                "minutes": round(found.minutes) if found else None,
                "reached": "; ".join(score.words for score in found.scores) if found else "not measured yet",
            }
        )
    if json:
        print_json({"recipes": rows})
    elif rows:
        print_table(rows, optional=["changes", "of", "steps"], wide=wide)
        print("gan diff PRESET RECIPE shows what one changes, gan explain RECIPE why")
    else:
        print(f"no recipe has '{search}' in its name, text, paper, source or parts")


@app.command(epilog=examples("gan explain conv", "gan explain training.seed", "gan explain fid"))
def explain(
    word: Annotated[
        str,
        typer.Argument(metavar="WORD", help="A name of `gan list KIND`, or a field.", autocompletion=completions.words),
    ],
) -> None:
    """Say what a layer, loss, optimizer, metric, field, data set or preset is: its paper, fields, ranges, defaults."""
    from gan_core.cli.explanations import explain as page

    print(page(word))


@app.command(
    epilog=examples(
        "gan show mnist-mlp", "gan show mnist-mlp --format toml > mine.toml", "gan show pix2pix --diagram pix2pix.svg"
    )
)
def show(
    experiment: Preset,
    changes: Changes = None,
    file_format: Annotated[str | None, typer.Option("--format", metavar="toml|json", help="Print the file.")] = None,
    diagram: Annotated[
        Path | None, typer.Option(metavar="FILE.svg", help="Draw the networks, and who feeds whom, into this file.")
    ] = None,
    allow_imports: AllowImports = False,
) -> None:
    """Show an experiment: layers, shapes, parameters, phases, cost; print it as a file, or draw it."""
    from gan_core.experiments.describe import describe
    from gan_core.experiments.files import to_json, to_toml
    from gan_core.presets.loading import load_experiment, read_changes

    if diagram is not None and file_format is not None:
        raise UsageError("give --format or --diagram, not both")
    made = load_experiment(experiment, read_changes(changes), allow_imports=allow_imports)
    if diagram is not None:
        from gan_core.diagrams.diagram import write_diagram

        write_diagram(made, diagram)
        print(diagram)
        return
    writers = {"toml": to_toml, "json": to_json}
    if file_format is None:
        print(describe(made, terminal_columns()))
    elif file_format in writers:
        print_file(writers[file_format](made))
    else:
        raise UsageError(f"--format {file_format}: expected toml or json")


@app.command(epilog=examples("gan doctor", "gan doctor --devices"))
def doctor(
    devices: Annotated[
        bool, typer.Option("--devices", help="Ask each framework for its GPUs and its arithmetic; takes seconds.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Say what is installed, what conflicts, and what to do about it; exit 1 if something is wrong."""
    import dataclasses

    from gan_core.cli.doctor import examine

    findings = examine(devices=devices)
    if json:
        print_json([dataclasses.asdict(finding) for finding in findings])
    else:
        print_table([dataclasses.asdict(finding) for finding in findings])
    if any(finding.state == "problem" for finding in findings):
        raise typer.Exit(1)
