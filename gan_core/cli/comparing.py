"""`gan compare`, `evaluate`, `classes` and `modes`: frameworks, samples and models held against each other."""

from pathlib import Path
from typing import Annotated, Any

import typer

from gan_core.cli import completions
from gan_core.cli.answers import print_json
from gan_core.cli.application import app, examples
from gan_core.cli.parameters import (
    Address,
    AllowImports,
    AsJson,
    BatchSize,
    Changes,
    Checkpoint,
    Cpus,
    DataDir,
    Device,
    Dtype,
    Engine,
    Features,
    Gpus,
    Jobs,
    Preset,
    Samples,
    Seed,
    Steps,
    Workers,
    fractions,
    numbers,
    words,
)
from gan_core.cli.results import (
    announcing,
    print_class_balance,
    print_comparison,
    print_evaluation,
    print_truncations,
)
from gan_core.errors import UsageError
from gan_core.printing import say


@app.command(epilog=examples("gan compare mnist-mlp --backends torch,paddle,keras --dtype float64 --steps 100"))
def compare(
    experiment: Preset,
    backends: Annotated[
        str,
        typer.Option(
            metavar="A,B,C", help="Frameworks; the first is the reference.", autocompletion=completions.backends
        ),
    ],
    steps: Steps = None,
    batch_size: BatchSize = None,
    seed: Seed = None,
    dtype: Dtype = None,
    device: Device = "cpu",
    workers: Workers = None,
    data_dir: DataDir = None,
    changes: Changes = None,
    tolerance: Annotated[
        float | None, typer.Option(metavar="X", help="Largest relative difference (1e-9 in float64, 1e-3 in float32).")
    ] = None,
    within: Annotated[
        int | None, typer.Option(metavar="STEPS", help="Judge the first steps only (100 in float64, 10 in float32).")
    ] = None,
    chaos_floor: Annotated[
        bool, typer.Option("--chaos-floor", help="Measure and draw how fast one unit in the last place grows.")
    ] = False,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where figures and numbers go.")] = None,
    allow_imports: AllowImports = False,
    json: AsJson = False,
) -> None:
    """Run an experiment on several frameworks and say how far they part; exit 1 past the tolerance."""
    from gan_core.lockstep.compare import as_json
    from gan_core.lockstep.compare import compare as run_compare
    from gan_core.presets.loading import load_experiment, read_changes, training_changes

    settings = training_changes(steps=steps, batch_size=batch_size, seed=seed, dtype=dtype)
    made = load_experiment(experiment, read_changes(changes) | settings, allow_imports=allow_imports or None)
    folder = out or Path("comparisons") / f"{made.name}-{made.training.dtype}"
    result = run_compare(
        made,
        backends.split(","),
        folder,
        device=device,
        data_dir=data_dir,
        tolerance=tolerance,
        within=within,
        chaos_floor=chaos_floor,
        workers=1 if workers is None else workers,
        tell=say,
    )
    if json:
        print_json(as_json(result))
    else:
        print_comparison(result, folder)
    if not result.agrees:
        raise typer.Exit(1)


@app.command(
    epilog=examples(
        "gan evaluate runs/a",
        "gan evaluate runs/a --metrics fid,precision --samples 10000 --json",
        "gan evaluate runs/a --latent-truncations 0.25,0.5,1",
    )
)
def evaluate(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="A run directory, finished or not.", autocompletion=completions.runs)
    ],
    metrics: Annotated[
        str | None,
        typer.Option(
            metavar="A,B",
            help="Metrics, by default all that apply: frechet, neighbours, …",
            autocompletion=completions.metrics,
        ),
    ] = None,
    features: Features = "auto",
    reference: Annotated[
        str | None,
        typer.Option(
            metavar="FILE.npz", help="Published statistics of features (mu, sigma), or their address, to score against."
        ),
    ] = None,
    samples: Samples = None,
    truncations: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="Scores at each truncation of styles, from 0, their mean, to 1, none."),
    ] = None,
    latent_truncations: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="Scores with normal latents within ± each of these bounds, and with none."),
    ] = None,
    checkpoint: Checkpoint = "last",
    figures: Annotated[bool, typer.Option(help="Draw class bars, t-SNE or points.")] = True,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Another one draws other samples, real ones too.")] = 0,
    intervals: Annotated[
        int,
        typer.Option(min=0, metavar="N", help="Parts of the samples that intervals are made of: 0 or 5 to 1000."),
    ] = 20,
    backend: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Framework, by default the run's own.", autocompletion=completions.backends),
    ] = None,
    device: Device = "cpu",
    data_dir: DataDir = None,
    allow_imports: AllowImports = False,
    json: AsJson = False,
) -> None:
    """Score a run's samples against held-out real ones; writes evaluation.json and pictures into the run."""
    from gan_core.sessions.run import Run

    opened = Run(run, allow_imports=allow_imports)
    settings: dict[str, Any] = {
        "metrics": metrics.split(",") if metrics else None,
        "features": features,
        "reference": reference,
        "samples": samples,
        "checkpoint": checkpoint,
        "figures": figures,
        "seed": seed,
        "intervals": intervals,
        "backend": backend,
        "device": device,
        "data_dir": data_dir,
    }
    given: dict[str, Any] = {}
    if truncations is not None:
        given["truncations"] = fractions("--truncations", truncations)
    if latent_truncations is not None:
        given["latent_truncations"] = fractions("--latent-truncations", latent_truncations)
    with announcing() as tell:
        if given:
            curve = opened.evaluate_truncations(**given, **settings, tell=tell)
        else:
            result = opened.evaluate(**settings, tell=tell)
    if given and json:
        print_json(opened.directory.read_json("truncations.json"))
    elif given:
        print_truncations(opened, curve)
    elif json:
        print_json(opened.directory.read_json("evaluation.json"))
    else:
        print_evaluation(opened, result)


@app.command(
    epilog=examples("gan classes runs/a runs/b --samples 1000 --out classes", "gan classes a --checkpoint epoch-1,last")
)
def classes(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUN…", help="Run directories of one data set.", autocompletion=completions.runs),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where pictures and numbers go.")] = Path("classes"),
    checkpoint: Annotated[
        str,
        typer.Option(
            "--checkpoint", metavar="A,B,C", help="Of each run: last, best, 6400, epoch-10; several: over time."
        ),
    ] = "last",
    features: Features = "auto",
    tsne_of: Annotated[
        str, typer.Option("--tsne-of", metavar="features|pixels", help="What t-SNE is of.")
    ] = "features",
    samples: Annotated[int, typer.Option(min=50, metavar="N", help="Samples of each run, and of real data.")] = 1000,
    backend: Annotated[str | None, typer.Option(metavar="NAME", help="One framework for all runs.")] = None,
    device: Device = "cpu",
    data_dir: DataDir = None,
    allow_imports: AllowImports = False,
    json: AsJson = False,
) -> None:
    """Compare the classes that runs make, real data beside them: shares, entropy in bits, t-SNE of all."""
    from gan_core.evaluation.class_balance import class_balance

    with announcing() as tell:
        found = class_balance(
            runs,
            out,
            checkpoints=words(checkpoint),
            features=features,
            tsne_of=tsne_of,
            samples=samples,
            backend=backend,
            device=device,
            data_dir=data_dir,
            tell=tell,
            allow_imports=allow_imports,
        )
    if json:
        print_json(found.plain())
    else:
        print_class_balance(found)


@app.command(epilog=examples("gan modes --backend torch --models gan,wgan-gp --modes 4,8 --seeds 1 --jobs 2"))
def modes(
    protocol: Annotated[
        str, typer.Option(metavar="NAME", help="Whose points and counts: tutorial, tutorial-fresh or pacgan.")
    ] = "tutorial",
    models: Annotated[str, typer.Option(metavar="A,B,C", help="Models, or 'all' (by default the protocol's).")] = "",
    mode_counts: Annotated[str, typer.Option("--modes", metavar="N,N", help="Numbers of modes.")] = "",
    seeds: Annotated[int, typer.Option(metavar="COUNT", help="Seeds 0, 1 … of every trial.")] = 3,
    backend: Annotated[str, typer.Option("--backend", envvar="GAN_BACKEND", metavar="A,B", help="Frameworks.")] = "",
    jobs: Jobs = None,
    engine: Engine = "local",
    address: Address = None,
    cpus: Cpus = 1,
    gpus: Gpus = 0,
    steps: Steps = None,
    epochs: Annotated[float | None, typer.Option(metavar="EPOCHS", help="Passes, in place of steps.")] = None,
    batch_size: BatchSize = None,
    device: Device = "cpu",
    changes: Changes = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where results and tables go; run again to go on.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Count the modes that models reach on Gaussians in the plane: a trial for each model, number of modes and seed."""
    from gan_core.laboratory import MODELS, Laboratory, run_laboratory
    from gan_core.laboratory.progress import TrialBars
    from gan_core.presets.loading import read_changes

    if steps is not None and epochs is not None:
        raise UsageError("give --steps or --epochs, not both")
    if not backend:
        from gan_core.cli.command_errors import installed_here

        raise UsageError(f"missing option '--backend': name at least one framework; {installed_here()}")
    laboratory = Laboratory(
        protocol=protocol,
        models=tuple(MODELS) if models == "all" else words(models),
        modes=numbers("--modes", mode_counts),
        backends=words(backend),
        seeds=seeds,
        steps=steps,
        epochs=epochs,
        batch_size=batch_size,
        device=device,
        changes=read_changes(changes),
    )
    folder = out or Path("laboratory") / protocol
    with TrialBars(laboratory, folder) as bars:
        rows = run_laboratory(laboratory, folder, jobs, bars, engine=engine, address=address, cpus=cpus, gpus=gpus)
    if json:
        print_json({"protocol": protocol, "rows": rows})
    else:
        print((folder / "table.md").read_text(encoding="utf-8"))
        print(f"{folder}/table.md  {folder}/table.json  {folder}/overview.png  {folder}/cells")
        print("  ".join(map(str, sorted(folder.glob("densities-*.png")))))
