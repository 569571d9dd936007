"""`gan diff`: two experiments side by side."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from gan_core.cli import completions
from gan_core.cli.answers import columns, print_json, print_table
from gan_core.cli.application import app, examples
from gan_core.cli.parameters import AllowImports, AsJson, Changes, Preset
from gan_core.errors import UsageError

if TYPE_CHECKING:  # at run time these would load NumPy and more, and `gan --help` is to answer at once
    from gan_core.experiments.differences import Difference

NARROWEST_VALUE = 15  # columns of a value in a table


@app.command(
    epilog=examples(
        "gan diff mnist-mlp mnist-dcgan", "gan diff mnist-mlp runs/a", "gan diff frog-dcgan --set repeats=2 --json"
    )
)
def diff(
    left: Preset,
    right: Annotated[
        str | None,
        typer.Argument(
            metavar="[PRESET|FILE]",
            help="Another of these; by default the first, for what --set changes.",
            autocompletion=completions.experiments,
        ),
    ] = None,
    changes: Changes = None,
    first_changes: Annotated[
        list[str] | None,
        typer.Option("--set-first", metavar="KEY=VALUE", help="Change the first experiment, as --set the second."),
    ] = None,
    allow_imports: AllowImports = False,
    json: AsJson = False,
) -> None:
    """Show what differs between two experiments, and what follows from it; exit 1 if something does.

    Keys are those that --set takes. Layers are laid side by side, so that one put in between is one line.
    """
    from gan_core.experiments.differences import differences
    from gan_core.presets.loading import load_experiment, read_changes

    if right is None and not changes and not first_changes:
        raise UsageError(f"{left} and what? name a second experiment, or change the first with --set KEY=VALUE")
    names = left, right or left
    one, other = (
        load_experiment(name, read_changes(changed), allow_imports=allow_imports)
        for name, changed in zip(names, (first_changes, changes), strict=True)
    )
    found = differences(one, other)
    if json:
        print_json({"a": names[0], "b": names[1], "differences": [dataclasses.asdict(row) for row in found]})
    elif found:
        print_differences(found, names)
    else:
        print(f"{names[0]} and {names[1]} are the same experiment")
    if found:
        raise typer.Exit(1)


def print_differences(found: Sequence["Difference"], names: tuple[str, str]) -> None:
    """Print the fields that differ, and what follows from them, as tables. names: of the two experiments."""
    for derived, title in ((False, "what differs"), (True, "what follows")):
        headings = "key", f"A: {names[0]}", f"B: {names[1]}"
        rows = [
            dict(zip(headings, (_key(row), row.left_words, row.right_words), strict=True))
            for row in found
            if row.derived == derived
        ]
        if not rows:
            continue
        if max(len(row["key"]) for row in rows) + 2 * NARROWEST_VALUE <= columns():
            print_table(rows, title=title)
        else:
            print("\n".join([title, *(line for row in rows for line in _stacked(row))]))


def _stacked(row: Mapping[str, str]) -> list[str]:
    """A row for a terminal that is too narrow for a table: the key, and below it the two values."""
    key, *values = row.values()
    return [f"  {key}", *(f"    {heading[0]}: {value}" for heading, value in zip([*row][1:], values, strict=True))]


def _key(row: "Difference") -> str:
    """The key, with the name of a layer that the second experiment calls otherwise."""
    words, other_words = row.key.split("."), row.right_key.split(".")
    others = [other for word, other in zip(words, other_words, strict=False) if word != other]
    return f"{row.key} ({others[0]} in B)" if row.right_key and others else row.key
