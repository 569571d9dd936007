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
    """Print a table of each comparison, a row a score; the scores in which variants part; and what failed."""
    for comparison in dict.fromkeys(row["comparison"] for row in result.rows):
        rows = [row for row in result.rows if row["comparison"] == comparison]
        print_table(_scores_of(rows), f"{comparison}: mean over {_seeds(rows)} seeds (least to largest)")
        for variant, scores in result.parted[comparison].items():
            told = f"parts from {rows[0]['variant']} in {', '.join(scores)}" if scores else "parts in nothing"
            print(f"  {variant} {told}")
    for run, reason in result.failures.items():
        print(f"failed: {run}: {reason}")
    print("  ".join(str(path) for path in result.files))


def _scores_of(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    """A comparison as a table: a row a score, a column a variant, and what real samples get."""
    from gan_core.sweeps.table import shown

    table = []
    for name in dict.fromkeys(name for row in rows for name in row["scores"]):
        known = {row["variant"]: row["scores"][name] for row in rows if name in row["scores"]}
        floor = next(iter(known.values()))["floor"]
        cells = {row["variant"]: shown(known[row["variant"]]) if row["variant"] in known else "" for row in rows}
        table.append({"score": name, **cells, "real samples": "" if floor is None else f"{floor:.3g}"})
    return table


def _seeds(rows: list[dict[str, Any]]) -> str:
    counts = sorted({len(row["seeds"]) for row in rows})
    return " to ".join(str(count) for count in dict.fromkeys((counts[0], counts[-1])))
