"""`gan weights export` and `import`."""

from pathlib import Path
from typing import Annotated

import typer

from gan_core.cli import completions
from gan_core.cli.application import examples, weights
from gan_core.cli.parameters import AllowImports, Checkpoint, NetworkName, OtherBackend, RunPath
from gan_core.cli.results import tell
from gan_core.errors import UsageError


@weights.command(epilog=examples("gan weights export runs/a --out net.pt --script net.py"))
def export(
    run: RunPath,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The framework's own file: .pt, .pdparams, .keras.")],
    backend: OtherBackend = None,
    network: NetworkName = None,
    script: Annotated[Path | None, typer.Option(metavar="FILE.py", help="Also a plain script that runs it.")] = None,
    checkpoint: Checkpoint = "last",
    allow_imports: AllowImports = False,
) -> None:
    """Write a network of a run's checkpoint as a framework's own file, usable without gan."""
    from gan_core.sessions.weight_exchange import export_weights

    written = export_weights(
        run, out, backend, network=network, script=script, checkpoint=checkpoint, allow_imports=allow_imports
    )
    print(written)


@weights.command(name="import", epilog=examples("gan weights import runs/a tuned.pt --out runs/tuned"))
def import_(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="[RUN] FILE",
            help="The run (none with --new), and the file of weights.",
            autocompletion=completions.runs_and_files(
                ".pt", ".pth", ".pdparams", ".keras", ".h5", ".safetensors", ".npz"
            ),
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="The new run directory.")],
    backend: OtherBackend = None,
    network: NetworkName = None,
    new: Annotated[
        str | None, typer.Option("--new", metavar="PRESET|FILE", help="Begin a run of this experiment at step 0.")
    ] = None,
    key: Annotated[
        str | None, typer.Option("--key", metavar="NAME", help="The table in the file; by default the one that fits.")
    ] = None,
    match: Annotated[
        str, typer.Option("--match", metavar="names|order", help="Under any names, in the network's order: order.")
    ] = "names",
    name_map: Annotated[
        Path | None, typer.Option("--map", metavar="FILE.toml", help='Names: "net.0.weight" = "conv_1.weight".')
    ] = None,
    allow_imports: AllowImports = False,
) -> None:
    """Make a new run of a run's newest checkpoint, or of an experiment, with a network's weights from a file.

    Files of PyTorch (.pt, .pth), Paddle (.pdparams), Keras (.keras, .weights.h5, .h5); .safetensors and .npz.
    """
    from gan_core.sessions.weight_exchange import import_weights

    expected = 1 if new is not None else 2
    if len(paths) != expected:
        form = "FILE --new PRESET|FILE" if new is not None else "RUN FILE"
        raise UsageError(f"gan weights import {form}: expected {expected} path(s), got {len(paths)}")
    run = import_weights(
        paths[0] if new is None else None,
        paths[-1],
        out,
        backend,
        network=network,
        key=key,
        match=match,
        name_map=name_map,
        new=new,
        tell=tell,
        allow_imports=allow_imports,
    )
    print(run.path)
