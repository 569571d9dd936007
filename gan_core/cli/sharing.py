"""`gan export`: what leaves the library whole."""

from pathlib import Path
from typing import Annotated

import typer

from gan_core.cli.application import app, examples
from gan_core.cli.parameters import AllowImports, Checkpoint, NetworkName, OtherBackend, RunPath
from gan_core.cli.results import tell


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
