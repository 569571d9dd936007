"""`gan sweep`: variants of one experiment, trained from several seeds and held against each other."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gan_core.cli.answers import print_json, print_table
from gan_core.cli.application import app, examples
from gan_core.cli.parameters import AsJson, BackendName, DataDir, Device, Steps, numbers
from gan_core.cli.results import tell
from gan_core.errors import UsageError

if TYPE_CHECKING:  # at run time it would load NumPy and more, and `gan --help` is to answer at once
    from gan_core.sweeps.runner import SweepResult


@app.command(epilog=examples("gan sweep examples/tricks.toml --backend torch --seeds 0,1,2 --out sweeps/tricks"))
def sweep(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.toml", help="A base and its variants, as examples/tricks.toml.")
    ],
    backend: BackendName = None,
    seeds: Annotated[str | None, typer.Option(metavar="N,N", help="Seeds in place of the file's.")] = None,
    steps: Steps = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where the runs go; run again to go on.")] = None,
    device: Device = "cpu",
    data_dir: DataDir = None,
    json: AsJson = False,
) -> None:
    """Train the variants of an experiment from several seeds: a table, samples side by side, joint loss curves."""
    from gan_core.sweeps.runner import sweep as run_sweep

    if backend is None:
        from gan_core.cli.command_errors import installed_here

        raise UsageError(f"missing option '--backend'; {installed_here()}; see  gan sweep --help")
    result = run_sweep(
        file,
        backend,
        seeds=None if seeds is None else numbers("--seeds", seeds),
        steps=steps,
        out=out,
        device=device,
        data_dir=data_dir,
        tell=tell,
    )
    if json:
        print_json(result.plain())
    else:
        print_sweep(result)


def print_sweep(result: "SweepResult") -> None:
    """Print a sweep's table, the scores in which variants part, and what failed."""
    from gan_core.sweeps.table import shown

    names = list(dict.fromkeys(name for row in result.rows for name in row["scores"]))
    table: list[dict[str, Any]] = []
    for row in result.rows:
        cells = {name: shown(row["scores"][name]) if name in row["scores"] else "" for name in names}
        table.append({"comparison": row["comparison"], "variant": row["variant"], "seeds": len(row["seeds"]), **cells})
    floors = {name: _floor(result.rows, name) for name in names}
    table.append({"comparison": "real samples", "variant": "", "seeds": "", **floors})
    print_table(table, "mean over the seeds (least to largest)")
    for comparison, scores in result.parted.items():
        print(f"{comparison}: ranges part in {', '.join(scores)}" if scores else f"{comparison}: all ranges overlap")
    for run, reason in result.failures.items():
        print(f"failed: {run}: {reason}")
    print("  ".join(str(path) for path in result.files))


def _floor(rows: list[dict[str, Any]], name: str) -> str:
    known = (row["scores"][name]["floor"] for row in rows if name in row["scores"])
    return next((f"{value:.3g}" for value in known if value is not None), "")
