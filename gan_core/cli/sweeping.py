"""`gan sweep`: variants of one experiment, trained from several seeds and held against each other."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gan_core.cli import completions
from gan_core.cli.answers import print_json, print_table
from gan_core.cli.application import app, examples
from gan_core.cli.parameters import (
    Address,
    AsJson,
    Cpus,
    DataDir,
    Device,
    Engine,
    Gpus,
    Jobs,
    Steps,
    numbers,
    words,
)
from gan_core.cli.results import tell
from gan_core.errors import UsageError

if TYPE_CHECKING:  # at run time it would load NumPy and more, and `gan --help` is to answer at once
    from gan_core.sweeps.runner import SweepResult

MOST_LETTERS = 50  # of the names of variants that stand beside each other in a terminal; else they stand below


@app.command(
    epilog=examples(
        "gan sweep examples/tricks.toml --backend torch --seeds 0,1,2 --out sweeps/tricks",
        "gan sweep examples/grid.toml --jobs 4 --best fid",
        "gan sweep examples/grid.toml --engine ray --address 10.0.0.1:6379 --gpus 0.5 --device gpu",
    )
)
def sweep(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.toml",
            help="Variants or a grid, as examples/tricks.toml and grid.toml.",
            autocompletion=completions.files_of(".toml"),
        ),
    ],
    backend: Annotated[
        str, typer.Option(metavar="A,B", help="Frameworks; by default those that the file names, else GAN_BACKEND.")
    ] = "",
    seeds: Annotated[str | None, typer.Option(metavar="N,N", help="Seeds in place of the file's.")] = None,
    steps: Steps = None,
    best: Annotated[
        str | None, typer.Option(metavar="SCORE", help="Order variants by a score, the best first.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where the runs go; run again to go on.")] = None,
    jobs: Jobs = None,
    engine: Engine = "local",
    address: Address = None,
    cpus: Cpus = 1,
    gpus: Gpus = 0,
    device: Device = "cpu",
    data_dir: DataDir = None,
    json: AsJson = False,
) -> None:
    """Train variants or a grid from several seeds, side by side: a table, a page, samples and loss curves."""
    from gan_core.sweeps.file import read_sweep
    from gan_core.sweeps.runner import sweep as run_sweep

    frameworks = words(backend) or read_sweep(file).backends or words(os.environ.get("GAN_BACKEND", ""))
    if not frameworks:
        from gan_core.cli.command_errors import installed_here

        raise UsageError(f"missing option '--backend'; {installed_here()}; see  gan sweep --help")
    result = run_sweep(
        file,
        frameworks,
        seeds=None if seeds is None else numbers("--seeds", seeds),
        steps=steps,
        best=best,
        out=out,
        device=device,
        data_dir=data_dir,
        engine=engine,
        jobs=jobs,
        address=address,
        cpus=cpus,
        gpus=gpus,
        tell=tell,
    )
    if json:
        print_json(result.plain())
    else:
        print_sweep(result)


def print_sweep(result: "SweepResult") -> None:
    """Print a table of each comparison, a row a variant; the scores in which variants part; and what failed."""
    for comparison in dict.fromkeys(row["comparison"] for row in result.rows):
        rows = [row for row in result.rows if row["comparison"] == comparison]
        table, optional = _table_of(rows)
        print(f"{comparison}: {_seeds(rows)}, * the best")
        print_table(table, optional=optional)
        for line in _differences(rows):
            print(f"  {line}")
        others = result.parted[comparison]
        first = next((row["variant"] for row in rows if row["variant"] not in others), "")
        for variant, scores in others.items():
            if scores and all(len(row["seeds"]) > 1 for row in rows):  # else every score does
                print(f"  ranges over the seeds without overlap, {variant} and {first}: {', '.join(scores)}")
    for run, reason in result.failures.items():
        print(f"failed: {run}: {reason}")
    print("  ".join(str(path) for path in result.files))


def _differences(rows: list[dict[str, Any]]) -> Iterator[str]:
    """A line for each variant but the first: from which it differs in which scores, and where none is seen."""
    from gan_core.sweeps.table import difference_shown, is_seen

    first = next((row["variant"] for row in rows if not any("from_first" in one for one in row["scores"].values())), "")
    for row in rows:
        apart = {name: one["from_first"] for name, one in row["scores"].items() if one.get("from_first")}
        seen = [f"{name} {difference_shown(one)}" for name, one in apart.items() if is_seen(one)]
        alike = [f"{name} {difference_shown(one)}" for name, one in apart.items() if not is_seen(one)]
        parts = [f"differs in {', '.join(seen)}"] if seen else []
        parts += [f"no difference seen in {', '.join(alike)}"] if alike else []
        if parts:
            yield f"{row['variant']} less {first}: {'; '.join(parts)}"


def _table_of(rows: list[dict[str, Any]]) -> tuple[list[dict[str, str]], list[str]]:
    """A comparison as a table: of few variants a row a score, else a row a variant; and what it can do without.

    It tells what real samples get, and what is better.
    """
    from gan_core.sweeps.table import shown

    names = list(dict.fromkeys(name for row in rows for name in row["scores"]))
    known = {name: next(row["scores"][name] for row in rows if name in row["scores"]) for name in names}
    columns = {
        row["variant"]: {name: shown(row["scores"][name]) if name in row["scores"] else "" for name in names}
        for row in rows
    }
    columns["real samples"] = {
        name: "" if score["floor"] is None else f"{score['floor']:.3g}" for name, score in known.items()
    }
    columns["better"] = {name: score["better"] for name, score in known.items()}
    if sum(len(row["variant"]) for row in rows) <= MOST_LETTERS:
        return [{"score": name, **{head: cells[name] for head, cells in columns.items()}} for name in names], []
    return [{"variant": head, **cells} for head, cells in columns.items()], names[:0:-1]


def _seeds(rows: list[dict[str, Any]]) -> str:
    counts = sorted({len(row["seeds"]) for row in rows})
    if counts == [1]:
        return "one seed"
    numbers = " to ".join(str(count) for count in dict.fromkeys((counts[0], counts[-1])))
    return f"mean over {numbers} seeds ± half its 95% interval"
