"""`gan export`, `card`, `pack`, `unpack` and `runs`: what leaves the library whole, and what there is."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gan_core.cli import completions
from gan_core.cli.answers import print_json, print_table
from gan_core.cli.application import app, examples
from gan_core.cli.parameters import AllowImports, AsJson, Checkpoint, NetworkName, OtherBackend, RunPath
from gan_core.cli.results import tell
from gan_core.errors import UsageError

if TYPE_CHECKING:  # at run time it would load NumPy, and `gan --help` is to answer at once
    from gan_core.sharing.run_list import RunSummary


@app.command(epilog=examples("gan export runs/a --onnx generator.onnx", "gan export runs/a --onnx d.onnx --network D"))
def export(
    run: RunPath,
    onnx: Annotated[Path, typer.Option(metavar="FILE.onnx", help="The new ONNX file (opset 18, float32).")],
    network: NetworkName = None,
    checkpoint: Checkpoint = "last",
    check: Annotated[
        bool, typer.Option("--check/--no-check", help="Compare the file's outputs with those of a framework.")
    ] = True,
    backend: OtherBackend = None,
    allow_imports: AllowImports = False,
) -> None:
    """Write a network of a run as an ONNX file, which runs without gan and without a framework."""
    from gan_core.sessions.run import Run

    opened = Run(run, allow_imports=allow_imports)
    made = opened.export_onnx(onnx, network=network, checkpoint=checkpoint, check=check, backend=backend)
    for note in made.notes:
        tell(f"note: {note}")
    sides = {name: f"{name} [{', '.join(['batch', *map(str, shape)])}]" for name, shape in made.inputs.items()}
    made_of = {name: f"{name} [{', '.join(['batch', *map(str, shape)])}]" for name, shape in made.outputs.items()}
    print(f"{' → '.join(made.networks)} at step {made.step:,}: {', '.join(sides.values())}")
    print(f"gives {', '.join(made_of.values())} in evaluation mode, opset {made.opset}")
    if made.difference is not None:
        print(f"compared with {made.backend}: at most {made.difference:.1e} of the largest output apart")
    print(made.path)


@app.command(epilog=examples("gan card runs/a --license apache-2.0", "gan card runs/a --out card.md"))
def card(
    run: RunPath,
    license: Annotated[  # noqa: A002  (the word that pages of models have for it)
        str | None, typer.Option("--license", metavar="WORD", help="As apache-2.0; without it: unknown.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.md", help="By default README.md in the run's directory.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file of that name.")] = False,
    allow_imports: AllowImports = False,
) -> None:
    """Write a run's model card: data, settings, scores with floors, how to draw samples, limits, versions."""
    from gan_core.sessions.run import Run

    print(Run(run, allow_imports=allow_imports).card(out, license=license, overwrite=overwrite))


@app.command(epilog=examples("gan pack runs/a a.zip", "gan pack runs/a a.zip --newest --no-optimizers"))
def pack(
    run: RunPath,
    file: Annotated[
        Path, typer.Argument(metavar="FILE.zip", help="The new file.", autocompletion=completions.files_of(".zip"))
    ],
    newest: Annotated[
        bool, typer.Option("--newest", help="Of the checkpoints the newest alone, and the best.")
    ] = False,
    optimizers: Annotated[
        bool, typer.Option("--optimizers/--no-optimizers", help="The optimizers' state; without, they begin anew.")
    ] = True,
) -> None:
    """Write a whole run into one ZIP file with checksums; unpacked, it goes on bit for bit on any framework."""
    from gan_core.sharing.pack import pack as pack_run

    made = pack_run(run, file, newest=newest, optimizers=optimizers)
    for what in made.left_out:
        tell(f"note: left out: {what}")
    print(f"{made.path}: {made.files} files, {megabytes(made.size)}, step {made.step:,}")


@app.command(epilog=examples("gan unpack a.zip", "gan unpack a.zip --out runs/a"))
def unpack(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE.zip", help="What `gan pack` wrote.", autocompletion=completions.files_of(".zip")),
    ],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="The new folder; by default FILE, here.")] = None,
) -> None:
    """Unpack a run, every file compared with its checksum before the folder appears."""
    from gan_core.sharing.unpack import unpacked

    folder, manifest = unpacked(file, out)
    for what in manifest.left_out:
        tell(f"note: the pack was made without: {what}")
    print(f"{folder}: {manifest.experiment} at step {manifest.step:,}, {len(manifest.files)} files whole")


@app.command(name="runs", epilog=examples("gan runs", "gan runs experiments --json", "gan runs --prune"))
def list_runs(
    folder: Annotated[
        Path, typer.Argument(metavar="[FOLDER]", help="Where runs lie.", autocompletion=completions.folders)
    ] = Path("runs"),
    prune: Annotated[bool, typer.Option("--prune", help="List what can be removed, ask, and remove it.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --prune: do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the runs in a folder: how far each came, its scores, its size.

    With --prune: what can go are checkpoints older than the newest (never the best), and runs without a checkpoint.
    """
    if prune:
        _prune(folder, yes, as_json)
        return
    from gan_core.sharing.run_list import find_runs

    found = find_runs(folder)
    if as_json:
        print_json([_plain(one) for one in found])
        return
    if not found:
        print(f"no runs in {folder}")
        return
    print_table([_row(one, folder) for one in found], optional=("changed",))
    for one in found:
        if one.damage:
            print(f"damaged: {one.damage}")
    print(f"{len(found)} run{'s' * (len(found) > 1)}, {megabytes(sum(one.size for one in found))}")


def shown(text: str) -> str:
    """Return a text of a file's on one line, without what a terminal would obey."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def megabytes(size: int) -> str:
    """Return a number of bytes for people."""
    return f"{size / 1e6:,.1f} MB" if size < 1e9 else f"{size / 1e9:,.1f} GB"


def _row(one: "RunSummary", folder: Path) -> dict[str, object]:
    best = next(iter(one.scores.items()), None)
    name = one.path.relative_to(folder).as_posix()
    return {
        "run": shown(name if name != "." else one.path.name or str(one.path)),
        "backend": shown(one.backend),
        "steps": _steps(one),
        "score": f"{shown(best[0])} {best[1]:.3g}" if best else "",
        "MB": f"{one.size / 1e6:,.1f}",
        "changed": f"{one.changed:%Y-%m-%d}" if one.changed else "",
    }


def _steps(one: "RunSummary") -> str:
    """How far a run came, in a few letters: 2,000 if it is finished, else 500/2,000, or what is wrong with it."""
    if one.state in ("damaged", "no checkpoint"):
        return one.state
    steps = f"{one.step:,}" if one.state == "finished" else f"{one.step:,}/{one.steps:,}"
    return f"{steps} running" if one.state == "running" else steps


def _plain(one: "RunSummary") -> dict[str, object]:
    return vars(one) | {"path": str(one.path), "changed": one.changed.isoformat() if one.changed else None}


def _prune(folder: Path, yes: bool, as_json: bool) -> None:
    from gan_core.sharing.pruning import removals, remove

    found, notes = removals(folder)
    size = sum(one.size for one in found)
    if as_json:
        print_json([vars(one) | {"run": str(one.run), "path": str(one.path)} for one in found])
    else:
        for one in found:
            print(f"{shown(str(one.path))}: {one.what}, {megabytes(one.size)}")
    for note in notes:
        tell(f"note: {note}")
    if not found:
        print(f"nothing to remove in {folder}")
        return
    if as_json and not yes:
        return
    if not yes and not _agreed(f"remove these {len(found)}, {megabytes(size)}?"):
        print("nothing was removed")
        return
    print(f"{megabytes(remove(found))} freed")


def _agreed(question: str) -> bool:
    """Ask a person. Raises `UsageError` where nobody can answer."""
    if not sys.stdin.isatty():
        raise UsageError("nobody to ask here: remove them with yes=True")
    return typer.confirm(question)
