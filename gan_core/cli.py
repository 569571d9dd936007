"""The command line `gan`: parse, call, print. Heavy modules are imported inside the commands.

Exit statuses: 0, all went well; 1, a run failed, `compare` found that backends differ, `doctor` found a problem, or
the output that was asked for could not be written; 2, wrong use, and nothing was started; 128 + N, stopped by signal N
(130: Ctrl-C). Output that cannot be written never ends a command that trains or scores, and a reader that closes its
pipe (``gan list | head``) is no failure.
"""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from gan_core.errors import UsageError
from gan_core.printing import OUTPUT, console, print_file, print_json, print_table, protected_output, say

HELP = {"help_option_names": ["-h", "--help"]}
KEEPS_FILES = {"train", "resume", "sample", "compare", "evaluate", "classes", "modes", "weights"}  # not output alone

app = typer.Typer(
    name="gan",
    help="One GAN experiment, three frameworks, the same numbers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings=HELP,
    epilog="Exit status: 0 all went well, 1 a run failed or its output was lost, 2 wrong use, 130 Ctrl-C.",
)
weights = typer.Typer(name="weights", help="Weights out to a framework's own file, and back.", no_args_is_help=True)
app.add_typer(weights)

Preset = Annotated[
    str, typer.Argument(metavar="PRESET|FILE", help="A name of `gan list`, a TOML or JSON file, or a run.")
]
BackendName = Annotated[str, typer.Option("--backend", envvar="GAN_BACKEND", metavar="NAME", help="The framework.")]
Steps = Annotated[int | None, typer.Option(metavar="STEPS", help="Steps in place of the experiment's.")]
Seed = Annotated[int | None, typer.Option(metavar="SEED", help="Seed of every random number.")]
Dtype = Annotated[str | None, typer.Option(metavar="float32|float64", help="Precision of all arrays.")]
Device = Annotated[str, typer.Option(metavar="cpu|gpu|gpu:N", help="Where to run; gpu is gpu:0.")]
DataDir = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Where data are looked for first (then GAN_DATA_DIR, the cache).")
]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change any field or parameter, as training.steps=500."),
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


def _examples(*lines: str) -> str:
    """Return the foot of a command's help; after the mark, Typer keeps lines as they are."""
    return "\b\n" + "\n".join([f"Example{'s' * (len(lines) > 1)}:", *(f"  {line}" for line in lines)])


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"gan-core {version('gan-core')}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """One GAN experiment, three frameworks, the same numbers."""
    if debug:
        os.environ["GAN_DEBUG"] = "1"
    asks_for_help = not {"-h", "--help"}.isdisjoint(sys.argv)
    OUTPUT.answers = asks_for_help or context.invoked_subcommand not in KEEPS_FILES


@app.command(name="list", epilog=_examples("gan list", "gan list layers", "gan list fields --search steps"))
def list_words(
    kind: Annotated[
        str | None,
        typer.Argument(
            metavar="[KIND]",
            help="presets (by default), layers, losses, objectives, penalties, optimizers, schedules, initializers, "
            "data, metrics, features, fields, checks, models or backends.",
        ),
    ] = None,
    search: Annotated[
        str | None, typer.Option(metavar="WORD", help="Only what WORD stands in; without KIND, of all kinds.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Show the presets and the backends that are installed, or all that experiments can be made of."""
    from gan_core.explanations import rows

    if kind in (None, "presets") and search is None:
        _list_presets(json)
        return
    found = rows(kind, search)
    if json:
        print_json({kind or "words": found})
    elif found:
        print_table(found)
        print("gan explain NAME tells all of one")
    else:
        print(f"nothing under '{search}'" if search else f"this version names no {kind}")


def _list_presets(json: bool) -> None:
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
        print_json({"presets": rows, "backends": backends})
        return
    print_table(rows, optional=["batch", "paper", "parameters", "steps"])
    for name, installed in backends.items():
        print(f"backend {name}: " + ("installed" if installed else f"missing; pip install 'gan-core[{name}]'"))


@app.command(epilog=_examples("gan explain conv", "gan explain training.seed", "gan explain fid"))
def explain(
    word: Annotated[str, typer.Argument(metavar="WORD", help="A name of `gan list KIND`, or a field.")],
) -> None:
    """Say what a layer, loss, optimizer, metric, field, data set or preset is: its paper, fields, ranges, defaults."""
    from gan_core.explanations import explain as page

    print(page(word))


@app.command(epilog=_examples("gan show mnist-mlp", "gan show mnist-mlp --format toml > mine.toml"))
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
        print_file(writers[file_format](made))
    else:
        raise UsageError(f"--format {file_format}: expected toml or json")


@app.command(
    epilog=_examples(
        "gan train mnist-mlp --backend torch", "gan train mine.toml --backend keras --steps 2000 --out runs/a"
    )
)
def train(
    backend: BackendName,
    experiment: Annotated[
        str | None,
        typer.Argument(metavar="PRESET|FILE", help="A name of `gan list`, or a .toml or .json file; see --from."),
    ] = None,
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
    from_run: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="RUN", help="Begin with the state of another run; its own experiment, if alone."
        ),
    ] = None,
) -> None:
    """Train a preset or an experiment file on one framework.

    Image presets take channels, size and folder, conditional ones classes too, as for your own class folders:
    gan train mnist-cgan --backend torch --set folder=letters --set classes=26
    """
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
        from_run=from_run,
        tell=_tell,
    )
    _print_run(run)


@app.command(epilog=_examples("gan resume runs/a", "gan resume runs/a --backend paddle --steps 8000"))
def resume(
    run: RunPath,
    backend: OtherBackend = None,
    steps: Annotated[int | None, typer.Option(metavar="STEPS", help="A new last step.")] = None,
    device: Device = "cpu",
    data_dir: DataDir = None,
) -> None:
    """Go on with an interrupted run, on its own framework or another, or extend a finished one."""
    from gan_core.resuming import resume as run_resume

    made = run_resume(run, backend, steps=steps, device=device, data_dir=data_dir, tell=_tell)
    _print_run(made)


@app.command(epilog=_examples("gan sample runs/a -n 64 --label 3 --out threes.png"))
def sample(
    run: RunPath,
    out: Annotated[Path, typer.Option(metavar="FILE.png", help="Where the sheet goes.")],
    count: Annotated[int, typer.Option("-n", min=1, max=10_000, metavar="COUNT", help="How many samples.")] = 64,
    label: Annotated[
        str | None, typer.Option(metavar="CLASS", help="Class of all samples, by name or number: cat, 3.")
    ] = None,
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


@weights.command(epilog=_examples("gan weights export runs/a --out net.pt --script net.py"))
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


@weights.command(name="import", epilog=_examples("gan weights import runs/a tuned.pt --out runs/tuned"))
def import_(
    paths: Annotated[
        list[Path], typer.Argument(metavar="[RUN] FILE", help="The run (none with --new), and the file of weights.")
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
) -> None:
    """Make a new run of a run's newest checkpoint, or of an experiment, with a network's weights from a file.

    Files of PyTorch (.pt, .pth), Paddle (.pdparams), Keras (.keras, .weights.h5, .h5); .safetensors and .npz.
    """
    from gan_core.weight_files import import_weights

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
        new=new,
        tell=_tell,
    )
    print(run.path)


@app.command(epilog=_examples("gan compare mnist-mlp --backends torch,paddle,keras --dtype float64 --steps 100"))
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
        announce=say,
    )
    if json:
        print_json(as_json(result))
    else:
        _print_comparison(result, folder)
    if not result.agrees:
        raise typer.Exit(1)


@app.command(
    epilog=_examples("gan evaluate runs/a", "gan evaluate runs/a --metrics fid,precision --samples 10000 --json")
)
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
        print_json(opened.directory.read_json("evaluation.json"))
    else:
        _print_evaluation(opened, result)


@app.command(epilog=_examples("gan classes runs/a runs/b --samples 1000 --out classes"))
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
        print_json(found.content)
        return
    print_table(found.table, title=f"share of each class, by {found.content['extractor']}")
    for path, (step, steps) in found.content["step_of_steps"].items():
        if step < steps:
            print(f"note: not the end of {path}: step {step:,} of {steps:,}")
    for note in found.content["notes"]:
        _print_note(note)
    print("  ".join(str(path) for path in found.files))


@app.command(epilog=_examples("gan modes --backend torch --models gan,wgan-gp --modes 4,8 --seeds 1 --jobs 2"))
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
        from gan_core.command_errors import installed_here

        raise UsageError(f"missing option '--backend': name at least one framework; {installed_here()}")
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
        print_json({"protocol": protocol, "rows": rows})
    else:
        print((folder / "table.md").read_text(encoding="utf-8"))
        print(f"{folder}/table.md  {folder}/table.json  {folder}/overview.png  {folder}/cells")


@app.command(epilog=_examples("gan doctor"))
def doctor(json: AsJson = False) -> None:
    """Say what is installed, what conflicts, and what to do about it; exit 1 if something is wrong."""
    import dataclasses

    from gan_core.doctor import examine

    findings = examine()
    if json:
        print_json([dataclasses.asdict(finding) for finding in findings])
    else:
        print_table([dataclasses.asdict(finding) for finding in findings])
    if any(finding.state == "problem" for finding in findings):
        raise typer.Exit(1)


def main() -> NoReturn:
    """Run the command line; every error a user can cause becomes one line and an exit status."""
    with protected_output() as output:
        status = _run()
        sys.stdout.flush()
        status = output.status(status)
    sys.exit(status)


def _run() -> int:
    try:
        status = int(app(prog_name="gan", standalone_mode=False) or 0)
    except Exception as error:
        from gan_core.command_errors import told

        told_status = told(error, app)
        if told_status is None:
            raise
        return told_status
    if status == 128 + 2:
        say("gan: interrupted")
    return status


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _numbers(option: str, text: str) -> tuple[int, ...]:
    try:
        return tuple(int(word) for word in _words(text))
    except ValueError:
        raise UsageError(f"{option} {text}: expected whole numbers, as 4,8,16") from None


def _print_run(run: Any) -> None:
    done = run.directory.done()
    last = run.metrics()[-1] if run.metrics() else {}
    earlier = last.get("of_step", {})
    shown = {key: f"{key} {value:.4g}" for key, value in last.items() if "/" in key}
    steps = {key: earlier[phase] for key in shown if (phase := key.partition("/")[0]) in earlier}
    scalars = "  ".join(f"{text} (step {steps[key]})" if key in steps else text for key, text in shown.items())
    print(f"{run.experiment.name} on {run.backend}: {done.step} steps in {done.seconds:.1f} s", end="")
    if done.step_seconds:
        print(f", {1e3 * done.step_seconds:.2f} ms a step", end="")
    if done.gflops:
        print(f", {done.gflops:.1f} GFLOP/s", end="")
    print(f"\n{scalars}\n{run.path}")


@contextlib.contextmanager
def _announcing() -> Iterator[Callable[[str], None]]:
    """Give a function that shows what is being done: on a terminal at once, elsewhere in a line now and then."""
    from gan_core.progress_lines import announced

    screen = console()
    if not screen.is_terminal:
        with announced() as announce:
            yield announce
        return
    with screen.status("") as status:
        yield lambda text: status.update(f"{text} …")


def _in_options(text: str) -> str:
    from gan_core.command_errors import in_options, options_of

    return in_options(text, options_of(app))


def _tell(text: str) -> None:
    """Say on standard error what the library tells while it works, in words of the command line."""
    say(f"gan: {_in_options(text)}")


def _print_note(note: str) -> None:
    print(f"note: {_in_options(note)}")


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
    print(result.data.sentence())
    print_table(rows, title=f"{run.experiment.name} on {run.backend}, step {result.step:,}")
    for note in result.notes:
        _print_note(note)
    print("  ".join(str(path) for path in [run.path / "evaluation.json", *result.figures]))


def _print_comparison(result: Any, folder: Path) -> None:
    from gan_core.array_scales import KINDS

    rows = [
        {"backends": row["backends"], "step": row["step"], **{kind: f"{row[kind]:.1e}" for kind in KINDS}}
        for row in result.rows
    ]
    print_table(rows, title="largest relative difference so far")
    print_table(
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
    verdicts = {True: "agree", False: "DIFFER"}
    kinds = [
        {
            "kind": kind.kind,
            "verdict": verdicts[kind.agrees] if kind.judged else "not judged",
            "worst": f"{kind.worst:.1e}",
            "in": kind.array or "all equal",
            "step": kind.step,
            "backends": kind.backends,
        }
        for kind in result.kinds
    ]
    print_table(kinds, title=f"worst of each kind within {result.within} steps")
    for name in result.idle:
        print(f"note: the gradient of {name} is rounding alone (a bias right before a norm?); set bias = false there")
    judged = [kind for kind in result.kinds if kind.judged]
    differing = [f"{kind.kind} (most in {kind.array})" for kind in judged if not kind.agrees]
    agreeing = [kind.kind for kind in judged if kind.agrees]
    told = f"{', '.join(differing)}; {', '.join(agreeing) or 'nothing'} agree" if differing else ", ".join(agreeing)
    print(
        f"{verdicts[result.agrees]}: {result.worst:.1e} within {result.within} steps "
        f"(tolerance {result.tolerance:.0e}) in {told}"
    )
    print(f"{folder}/sheets.png  {folder}/lockstep.png  {folder}/comparison.json")


if __name__ == "__main__":
    main()
