"""`gan train`, `resume` and `sample`."""

from pathlib import Path
from typing import Annotated

import typer

from gan_core.cli import completions
from gan_core.cli.application import app, examples
from gan_core.cli.followers import first_speaks
from gan_core.cli.parameters import (
    AllowImports,
    BackendName,
    BatchSize,
    Changes,
    Checkpoint,
    DataDir,
    Device,
    Dtype,
    LogTo,
    NetworkName,
    OtherBackend,
    PrintEvery,
    RunPath,
    Seed,
    Steps,
    Workers,
    given_numbers,
)
from gan_core.cli.results import print_run, tell
from gan_core.errors import UsageError

SAME_BITS = "On a GPU the same bits each time, by slower kernels where need be."


@app.command(
    epilog=examples(
        "gan train mnist-mlp --backend torch", "gan train mine.toml --backend keras --steps 2000 --out runs/a"
    )
)
def train(
    experiment: Annotated[
        str | None,
        typer.Argument(
            metavar="PRESET|FILE",
            help="A name of `gan list`, or a .toml or .json file; see --from.",
            autocompletion=completions.experiments,
        ),
    ] = None,
    backend: BackendName = None,
    steps: Steps = None,
    epochs: Annotated[
        float | None, typer.Option(metavar="EPOCHS", help="Passes over the data, in place of steps.")
    ] = None,
    batch_size: BatchSize = None,
    seed: Seed = None,
    dtype: Dtype = None,
    device: Device = "cpu",
    deterministic: Annotated[bool, typer.Option("--deterministic", help=SAME_BITS)] = False,
    workers: Workers = None,
    data_dir: DataDir = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="The run directory, a new one.")] = None,
    every: Annotated[
        str | None,
        typer.Option("--every", metavar="N|Nepochs", help="Evaluate every N steps or epochs, and keep the best."),
    ] = None,
    changes: Changes = None,
    from_run: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="RUN",
            autocompletion=completions.runs,
            help="Begin with the state of another run; alone, with its experiment and its framework too.",
        ),
    ] = None,
    print_every: PrintEvery = None,
    log: LogTo = None,
    allow_imports: AllowImports = False,
) -> None:
    """Train a preset or an experiment file on one framework.

    Image presets take channels, size and folder, conditional ones classes too, as for your own class folders:
    gan train mnist-cgan --backend torch --set folder=letters --set classes=26
    """
    from gan_core.presets.loading import evaluation_changes, read_changes
    from gan_core.sessions.training import train as run_train

    if steps is not None and epochs is not None:
        raise UsageError("give --steps or --epochs, not both")
    if backend is None and from_run is None:
        from gan_core.cli.command_errors import installed_here

        raise UsageError(f"missing option '--backend'; {installed_here()}; see  gan train --help")
    evaluation = {} if every is None else evaluation_changes(every)
    with first_speaks() as speaks:
        run = run_train(
            experiment,
            backend,
            steps=steps,
            epochs=epochs,
            batch_size=batch_size,
            seed=seed,
            dtype=dtype,
            device=device,
            deterministic=deterministic,
            data_dir=data_dir,
            out=out,
            changes=read_changes(changes) | evaluation,
            from_run=from_run,
            print_every=print_every,
            log_to=log,
            tell=tell,
            allow_imports=allow_imports,
            workers=workers,
        )
        if speaks:
            print_run(run)


@app.command(epilog=examples("gan resume runs/a", "gan resume runs/a --backend paddle --steps 8000"))
def resume(
    run: RunPath,
    backend: OtherBackend = None,
    steps: Annotated[int | None, typer.Option(metavar="STEPS", help="A new last step.")] = None,
    checkpoint: Checkpoint = "last",
    print_every: PrintEvery = None,
    log: LogTo = None,
    device: Device = "cpu",
    workers: Workers = None,
    deterministic: Annotated[
        bool | None,
        typer.Option("--deterministic/--not-deterministic", help=f"{SAME_BITS} By default as before."),
    ] = None,
    data_dir: DataDir = None,
    allow_imports: AllowImports = False,
) -> None:
    """Go on with an interrupted run, on its own framework or another, or extend a finished one."""
    from gan_core.sessions.resuming import resume as run_resume

    with first_speaks() as speaks:
        made = run_resume(
            run,
            backend,
            steps=steps,
            device=device,
            deterministic=deterministic,
            data_dir=data_dir,
            checkpoint=checkpoint,
            print_every=print_every,
            log_to=log,
            tell=tell,
            allow_imports=allow_imports,
            workers=workers,
        )
        if speaks:
            print_run(made)


@app.command(
    epilog=examples(
        "gan sample runs/a -n 64 --label 3 --out threes.png",
        "gan sample runs/c -n 100 --walk style.0 --out walk.png",
        "gan sample runs/a -n 10000 --out digits.npz",
        "gan sample runs/b --network a_to_b --input photos --out painted",
        "gan sample runs/c --data held-out --out unseen.png",
    )
)
def sample(
    run: RunPath,
    out: Annotated[
        Path, typer.Option(metavar="FILE.png|FILE.npz|FOLDER", help="A sheet, arrays, or a new folder of pictures.")
    ],
    count: Annotated[int, typer.Option("-n", min=1, max=100_000, metavar="COUNT", help="How many samples.")] = 64,
    label: Annotated[
        str | None, typer.Option(metavar="CLASS", help="Class of all samples, by name or number: cat, 3.")
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option(metavar="INPUT=NUMBERS", help="An input in place of its draws: code=3, attributes=1,0."),
    ] = None,
    walk: Annotated[
        str | None,
        typer.Option(metavar="INPUT.I", help="Columns walk along a number of a latent, rows through the classes."),
    ] = None,
    latent_truncation: Annotated[
        float | None,
        typer.Option(metavar="BOUND", help="Normal latents within ±BOUND, others drawn anew: better, and more alike."),
    ] = None,
    interpolate: Annotated[bool, typer.Option("--interpolate", help="Each row walks between two latents.")] = False,
    truncation: Annotated[
        float | None, typer.Option(metavar="SHARE", help="Styles so near to their mean, 0, or as they are, 1.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="SEED", help="Another seed gives other samples.")] = 0,
    checkpoint: Checkpoint = "last",
    network: NetworkName = None,
    mode: Annotated[
        str | None,
        typer.Option(metavar="evaluation|training", help="Of batch norm and dropout; by default as in the sheets."),
    ] = None,
    pictures: Annotated[
        Path | None,
        typer.Option("--input", metavar="FILE|FOLDER", help="Pictures of your own, for a network that translates."),
    ] = None,
    data: Annotated[
        str, typer.Option(metavar="training|held-out", help="Which samples of the data a network translates.")
    ] = "training",
    backend: OtherBackend = None,
    device: Device = "cpu",
    data_dir: DataDir = None,
    allow_imports: AllowImports = False,
) -> None:
    """Draw new samples of a run, as a sheet, as arrays or as pictures, or translate pictures."""
    from gan_core.sessions.sampling import write_samples

    write_samples(
        run,
        out,
        count=count,
        label=label,
        given=given_numbers(given or ()),
        interpolate=interpolate,
        walk=walk,
        seed=seed,
        backend=backend,
        device=device,
        data_dir=data_dir,
        allow_imports=allow_imports,
        checkpoint=checkpoint,
        network=network,
        pictures=pictures,
        mode=mode,
        data=data,
        truncation=truncation,
        latent_truncation=latent_truncation,
    )
    print(out)
