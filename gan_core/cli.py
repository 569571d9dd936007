"""The command line `gan`: parse, call, print. Heavy modules are imported inside the commands."""

import contextlib
import json as json_format
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from gan_core.errors import GanError, UsageError

app = typer.Typer(
    name="gan",
    help="One GAN experiment, three frameworks, the same numbers.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
weights = typer.Typer(name="weights", help="Weights out to a framework's own file, and back.", no_args_is_help=True)
app.add_typer(weights)

Preset = Annotated[str, typer.Argument(metavar="PRESET|FILE", help="A name of `gan list`, or a .toml or .json file.")]
BackendName = Annotated[str, typer.Option("--backend", envvar="GAN_BACKEND", metavar="NAME", help="The framework.")]
Steps = Annotated[int | None, typer.Option(metavar="STEPS", help="Steps in place of the experiment's.")]
Seed = Annotated[int | None, typer.Option(metavar="SEED", help="Seed of every random number.")]
Dtype = Annotated[str | None, typer.Option(metavar="float32|float64", help="Precision of all arrays.")]
Device = Annotated[str, typer.Option(metavar="cpu|gpu", help="Where to run.")]
DataDir = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Where data are looked for first (then GAN_DATA_DIR, the cache).")
]
Changes = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change any field, as training.steps=500.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON in place of a table.")]
Features = Annotated[
    str, typer.Option(metavar="NAME|FILE.onnx", help="classifier, pixels, coordinates, inception or an ONNX file.")
]
Samples = Annotated[int | None, typer.Option(metavar="N", help="Generated samples, and at most so many real ones.")]
RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="A run directory.")]
OtherBackend = Annotated[str | None, typer.Option("--backend", metavar="NAME", help="By default the run's own.")]
NetworkName = Annotated[str | None, typer.Option(metavar="NAME", help="By default the one that makes the sheets.")]
BatchSize = Annotated[int | None, typer.Option(metavar="SAMPLES", help="Samples in a batch.")]


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """One GAN experiment, three frameworks, the same numbers."""
    if debug:
        os.environ["GAN_DEBUG"] = "1"


@app.command(name="list")
def list_presets(json: AsJson = False) -> None:
    """Show the presets and the backends that are installed."""
    from gan_core.doctor import available
    from gan_core.presets import PRESETS

    backends = available()
    rows = []
    for name, entry in PRESETS.items():
        made = entry.make()
        parameters = sum(made.plans[network].parameters for network in made.networks)
        rows.append(
            {
                "preset": name,
                "paper": entry.paper,
                "data": made.data.__struct_config__.tag,  # type: ignore[attr-defined]
                "parameters": parameters,
                "batch": made.training.batch_size,
                "steps": made.training.steps,
                "summary": made.summary,
            }
        )
    if json:
        _print_json({"presets": rows, "backends": backends})
        return
    _print_table(rows)
    for name, installed in backends.items():
        print(f"backend {name}: " + ("installed" if installed else f"missing; pip install 'gan-core[{name}]'"))


@app.command()
def show(
    experiment: Preset,
    changes: Changes = None,
    file_format: Annotated[str | None, typer.Option("--format", metavar="toml|json", help="Print the file.")] = None,
) -> None:
    """Show an experiment: layers, shapes, parameters, phases, cost; or print it as a file."""
    from gan_core.describe import describe
    from gan_core.experiment_files import to_json, to_toml
    from gan_core.run import load_experiment

    made = load_experiment(experiment, changes or [])
    writers = {"toml": to_toml, "json": to_json}
    if file_format is None:
        print(describe(made))
    elif file_format in writers:
        print(writers[file_format](made), end="")
    else:
        raise UsageError(f"--format {file_format}: expected toml or json")


@app.command()
def train(
    experiment: Preset,
    backend: BackendName,
    steps: Steps = None,
    epochs: Annotated[
        float | None, typer.Option(metavar="EPOCHS", help="Passes over the data, in place of steps.")
    ] = None,
    batch_size: BatchSize = None,
    seed: Seed = None,
    dtype: Dtype = None,
    device: Device = "cpu",
    data_dir: DataDir = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="The run directory, a new one.")] = None,
    every: Annotated[
        int | None, typer.Option("--every", metavar="STEPS", help="Evaluate so often, and keep the best checkpoint.")
    ] = None,
    changes: Changes = None,
) -> None:
    """Train a preset or an experiment file on one framework."""
    from gan_core.run import train as run_train

    if steps is not None and epochs is not None:
        raise UsageError("give --steps or --epochs, not both")
    run = run_train(
        experiment,
        backend,
        steps=steps,
        epochs=epochs,
        batch_size=batch_size,
        seed=seed,
        dtype=dtype,
        device=device,
        data_dir=data_dir,
        out=out,
        changes=[*(changes or []), *([f"evaluation.every_steps={every}"] if every is not None else [])],
    )
    _print_run(run)


@app.command()
def resume(
    run: RunPath,
    backend: OtherBackend = None,
    steps: Annotated[int | None, typer.Option(metavar="STEPS", help="A new last step.")] = None,
    device: Device = "cpu",
    data_dir: DataDir = None,
) -> None:
    """Go on with an interrupted run, on its own framework or another, or extend a finished one."""
    from gan_core.resuming import resume as run_resume
    from gan_core.run import print_line

    made = run_resume(
        run, backend, steps=steps, device=device, data_dir=data_dir, tell=lambda text: print_line(f"gan: {text}")
    )
    _print_run(made)


@app.command()
def sample(
    run: RunPath,
    out: Annotated[Path, typer.Option(metavar="FILE.png", help="Where the sheet goes.")],
    count: Annotated[int, typer.Option("-n", min=1, max=10_000, metavar="COUNT", help="How many samples.")] = 64,
    label: Annotated[int | None, typer.Option(metavar="CLASS", help="Class of all samples.")] = None,
    interpolate: Annotated[bool, typer.Option("--interpolate", help="Each row walks between two latents.")] = False,
    seed: Annotated[int, typer.Option(metavar="SEED", help="Another seed gives other samples.")] = 0,
    backend: OtherBackend = None,
    data_dir: DataDir = None,
) -> None:
    """Draw new samples from a run's newest checkpoint."""
    from gan_core.sampling import write_samples

    if out.suffix.lower() != ".png":
        raise UsageError(f"--out {out}: expected a file that ends in .png")
    if not out.parent.is_dir():
        raise UsageError(f"--out {out}: the folder {out.parent} does not exist")
    write_samples(
        run, out, count=count, label=label, interpolate=interpolate, seed=seed, backend=backend, data_dir=data_dir
    )
    print(out)


@weights.command()
def export(
    run: RunPath,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The framework's own file: .pt, .pdparams, .keras.")],
    backend: OtherBackend = None,
    network: NetworkName = None,
    script: Annotated[Path | None, typer.Option(metavar="FILE.py", help="Also a plain script that runs it.")] = None,
) -> None:
    """Write a network of a run's newest checkpoint as a framework's own file, usable without gan."""
    from gan_core.weight_files import export_weights

    print(export_weights(run, out, backend, network=network, script=script))


@weights.command(name="import")
def import_(
    run: RunPath,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file as `gan weights export` writes it.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="The new run directory.")],
    backend: OtherBackend = None,
    network: NetworkName = None,
) -> None:
    """Copy a run's newest checkpoint to a new run, with a network's weights from a framework's own file."""
    from gan_core.weight_files import import_weights

    print(import_weights(run, file, out, backend, network=network).path)


@app.command()
def compare(
    experiment: Preset,
    backends: Annotated[str, typer.Option(metavar="A,B,C", help="Frameworks; the first is the reference.")],
    steps: Steps = None,
    batch_size: BatchSize = None,
    seed: Seed = None,
    dtype: Dtype = None,
    device: Device = "cpu",
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
    json: AsJson = False,
) -> None:
    """Run an experiment on several frameworks and say how far they part; exit 1 past the tolerance."""
    from gan_core.compare import as_json
    from gan_core.compare import compare as run_compare
    from gan_core.run import load_experiment, training_changes

    settings = training_changes(steps=steps, batch_size=batch_size, seed=seed, dtype=dtype)
    made = load_experiment(experiment, [*(changes or []), *settings])
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
        announce=lambda text: print(text, file=sys.stderr),
    )
    if json:
        _print_json(as_json(result))
    else:
        _print_comparison(result, folder)
    if not result.agrees:
        raise typer.Exit(1)


@app.command()
def evaluate(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run directory, finished or not.")],
    metrics: Annotated[
        str | None, typer.Option(metavar="A,B", help="Metrics, by default all that apply: frechet, neighbours, …")
    ] = None,
    features: Features = "auto",
    samples: Samples = None,
    checkpoint: Annotated[str, typer.Option(metavar="last|best", help="Which checkpoint.")] = "last",
    figures: Annotated[bool, typer.Option(help="Draw class bars, t-SNE or points.")] = True,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Another one draws other samples, real ones too.")] = 0,
    backend: Annotated[str | None, typer.Option(metavar="NAME", help="Framework, by default the run's own.")] = None,
    device: Device = "cpu",
    data_dir: DataDir = None,
    json: AsJson = False,
) -> None:
    """Score a run's samples against held-out real ones; writes evaluation.json and pictures into the run."""
    from gan_core.run import Run

    opened = Run(run)
    with _announcing() as announce:
        result = opened.evaluate(
            metrics=metrics.split(",") if metrics else None,
            features=features,
            samples=samples,
            checkpoint=checkpoint,
            figures=figures,
            seed=seed,
            backend=backend,
            device=device,
            data_dir=data_dir,
            announce=announce,
        )
    if json:
        _print_json(opened.directory.read_json("evaluation.json"))
    else:
        _print_evaluation(opened, result)


@app.command()
def classes(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN…", help="Run directories of one data set.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where pictures and numbers go.")] = Path("classes"),
    features: Features = "auto",
    samples: Annotated[int, typer.Option(min=50, metavar="N", help="Samples of each run, and of real data.")] = 1000,
    backend: Annotated[str | None, typer.Option(metavar="NAME", help="One framework for all runs.")] = None,
    device: Device = "cpu",
    data_dir: DataDir = None,
    json: AsJson = False,
) -> None:
    """Compare the classes that runs make, real data beside them: shares, entropy in bits, t-SNE of all."""
    from gan_core.evaluation.class_balance import class_balance

    with _announcing() as announce:
        found = class_balance(
            runs,
            out,
            features=features,
            samples=samples,
            backend=backend,
            device=device,
            data_dir=data_dir,
            announce=announce,
        )
    if json:
        _print_json(found.content)
        return
    _print_table(found.table, title=f"share of each class, by {found.content['extractor']}")
    for path, (step, steps) in found.content["step_of_steps"].items():
        if step < steps:
            print(f"note: not the end of {path}: step {step:,} of {steps:,}")
    for note in found.content["notes"]:
        print(f"note: {note}")
    print("  ".join(str(path) for path in found.files))


@app.command()
def modes(
    protocol: Annotated[str, typer.Option(metavar="tutorial|pacgan", help="Whose points and counts.")] = "tutorial",
    models: Annotated[str, typer.Option(metavar="A,B,C", help="Models, or 'all' (by default the protocol's).")] = "",
    mode_counts: Annotated[str, typer.Option("--modes", metavar="N,N", help="Numbers of modes.")] = "",
    seeds: Annotated[int, typer.Option(metavar="COUNT", help="Seeds 0, 1 … of every cell.")] = 3,
    backend: Annotated[str, typer.Option("--backend", envvar="GAN_BACKEND", metavar="A,B", help="Frameworks.")] = "",
    jobs: Annotated[int, typer.Option(metavar="COUNT", help="Processes side by side, one thread each.")] = 2,
    steps: Steps = None,
    epochs: Annotated[float | None, typer.Option(metavar="EPOCHS", help="Passes, in place of steps.")] = None,
    batch_size: BatchSize = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where cells and tables go; run again to go on.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Count the modes that models reach on Gaussians in the plane: a cell a model, number of modes and seed."""
    from gan_core.laboratory import MODELS, Laboratory, run_laboratory
    from gan_core.laboratory.progress import CellBars

    if steps is not None and epochs is not None:
        raise UsageError("give --steps or --epochs, not both")
    if not backend:
        raise UsageError("--backend: name at least one framework, as --backend keras")
    laboratory = Laboratory(
        protocol=protocol,
        models=tuple(MODELS) if models == "all" else _words(models),
        modes=_numbers("--modes", mode_counts),
        backends=_words(backend),
        seeds=seeds,
        steps=steps,
        epochs=epochs,
        batch_size=batch_size,
    )
    folder = out or Path("laboratory") / protocol
    with CellBars(laboratory, folder) as bars:
        rows = run_laboratory(laboratory, folder, jobs, bars)
    if json:
        _print_json({"protocol": protocol, "rows": rows})
    else:
        print((folder / "table.md").read_text(encoding="utf-8"))
        print(f"{folder}/table.md  {folder}/table.json  {folder}/overview.png  {folder}/cells")


@app.command()
def doctor(json: AsJson = False) -> None:
    """Say what is installed, what conflicts, and what to do about it; exit 1 if something is wrong."""
    import dataclasses

    from gan_core.doctor import examine

    findings = examine()
    if json:
        _print_json([dataclasses.asdict(finding) for finding in findings])
    else:
        _print_table([dataclasses.asdict(finding) for finding in findings])
    if any(finding.state == "problem" for finding in findings):
        raise typer.Exit(1)


def main() -> NoReturn:
    """Run the command line; every error a user can cause becomes one line and an exit status."""
    try:
        app()
    except GanError as error:
        if os.environ.get("GAN_DEBUG"):
            traceback.print_exc()
        print(f"gan: {error}", file=sys.stderr)
        sys.exit(error.exit_status)
    except MemoryError:
        print("gan: this needs more memory than there is; lower the batch size or the sizes of layers", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    sys.exit(0)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _numbers(option: str, text: str) -> tuple[int, ...]:
    try:
        return tuple(int(word) for word in _words(text))
    except ValueError:
        raise UsageError(f"{option} {text}: expected whole numbers, as 4,8,16") from None


def _print_run(run: Any) -> None:
    done = run.directory.read_json("done.json")
    last = run.metrics()[-1] if run.metrics() else {}
    scalars = "  ".join(f"{key} {value:.4g}" for key, value in last.items() if "/" in key)
    print(f"{run.experiment.name} on {run.backend}: {done['step']} steps in {done['seconds']:.1f} s", end="")
    if done["step_seconds"]:
        print(f", {1e3 * done['step_seconds']:.2f} ms a step, {done['gflops']:.1f} GFLOP/s", end="")
    print(f"\n{scalars}\n{run.path}")


@contextlib.contextmanager
def _announcing() -> Iterator[Callable[[str], None]]:
    """Give a function that shows what is being done, on a terminal."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status("") as status:
        yield lambda text: status.update(f"{text} …")


def _print_evaluation(run: Any, result: Any) -> None:
    rows = [
        {
            "metric": row.metric,
            "value": f"{row.value:.4g}" + (f" ± {row.deviation:.2g}" if row.deviation is not None else ""),
            "real against real": "" if row.floor is None else f"{row.floor:.4g}",
            "unit": row.unit,
            "better": row.better,
            "features": row.extractor,
            "generated": row.generated,
            "real": row.real,
            "split": row.split,
        }
        for row in result.rows
    ]
    _print_table(rows, title=f"{run.experiment.name} on {run.backend}, step {result.step:,}")
    for note in result.notes:
        print(f"note: {note}")
    print("  ".join(str(path) for path in [run.path / "evaluation.json", *result.figures]))


def _print_comparison(result: Any, folder: Path) -> None:
    from gan_core.compare import JUDGED
    from gan_core.lockstep import KINDS

    rows = [
        {"backends": row["backends"], "step": row["step"], **{kind: f"{row[kind]:.1e}" for kind in KINDS}}
        for row in result.rows
    ]
    _print_table(rows, title="largest relative difference so far")
    _print_table(
        [
            {
                "backend": name,
                "ms a step": f"{trace.step_milliseconds:.2f}",
                "first step, s": f"{trace.first_step_seconds:.2f}",
                "versions": ", ".join(
                    f"{key} {value}" for key, value in trace.environment.items() if key not in ("backend", "dtype")
                ),
            }
            for name, trace in result.traces.items()
        ]
    )
    if result.floor_excess is not None:
        print(f"at most {result.floor_excess:.2g} times the chaos floor")
    verdict = "agree" if result.agrees else "DIFFER"
    judged = ", ".join(JUDGED[result.experiment.training.dtype])
    print(f"{verdict}: {result.worst:.1e} within {result.within} steps (tolerance {result.tolerance:.0e}) in {judged}")
    print(f"{folder}/sheets.png  {folder}/lockstep.png  {folder}/comparison.json")


def _print_table(rows: list[dict[str, Any]], title: str | None = None) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for key in rows[0]:
        numeric = all(isinstance(row[key], int | float) for row in rows)
        table.add_column(key, justify="right" if numeric else "left")
    for row in rows:
        table.add_row(*(f"{value:,}" if isinstance(value, int) else str(value) for value in row.values()))
    console = Console()
    # a file or a pipe gets whole lines; a terminal its own width
    Console(width=None if console.is_terminal else 200, highlight=False).print(table)


def _print_json(content: Any) -> None:
    print(json_format.dumps(content, indent=2))
