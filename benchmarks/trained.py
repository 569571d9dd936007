"""What trainings reached: scores kept of runs, and the page and the table that are made of them.

    python benchmarks/trained.py keep RUN… [--checkpoints epoch-20,last] [--seen TEXT] [--commit REVISION]
    python benchmarks/trained.py page

`keep` scores a run's checkpoints (10,000 samples and the classifier of MNIST, or what suits its data) and writes
benchmarks/results/trained/EXPERIMENT-BACKEND-seedN.json: scores with intervals, command, machine, commit, date. `page`
writes docs/trained.md and gan_core/presets/reached.toml of all that is kept, with the pictures
docs/trained-EXPERIMENT.png that are there (`gan montage`). Nothing on that page is typed by hand but what a sheet shows
to who looks at it (--seen).
"""

import argparse
import datetime
import os
import shlex
import statistics
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from gan_core.experiments.differences import differences
from gan_core.experiments.loss_words import short
from gan_core.metrics.intervals import half_width
from gan_core.presets import PRESETS, RECIPES, entry_of, preset
from gan_core.presets.reached import FILE
from gan_core.runs.opened import OpenedRun
from gan_core.runs.records import ScoreRow

ROOT = Path(__file__).parent.parent
KEPT = Path(__file__).parent / "results" / "trained"
PAGE = ROOT / "docs" / "trained.md"
TABLE = ROOT / "gan_core" / "presets" / FILE
METRICS = "frechet,neighbours,inception,classes,confidence"
OF_NO_MATTER = ("checkpoint.", "logging.", "sampling.rows", "sampling.columns", "sampling.every", "evaluation.")
HEADLINES = ("frechet", "inception", "class entropy", "confident share", "label agreement", "precision", "recall")


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """A score. low, high: its interval. real: what real samples get. better: as scores have it."""

    value: float
    low: float | None = None
    high: float | None = None
    real: float | None = None
    better: str = ""
    unit: str = ""


class Scored(msgspec.Struct, frozen=True, kw_only=True):
    """The scores of a checkpoint. epoch: None where the data have no epochs."""

    step: int
    epoch: float | None
    generated: int
    features: str
    scores: dict[str, Value]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A run: what was trained, where, how long, and its scores, the last checkpoint's last.

    changes: what it has other than the preset or recipe of its name, but for sheets and logs. seen: what its sheet
    shows.
    """

    experiment: str
    backend: str
    seed: int
    steps: int
    minutes: float
    threads: int
    processor: str
    cores: int
    versions: dict[str, str]
    command: str
    commit: str
    date: str
    changes: dict[str, Any]
    evaluations: tuple[Scored, ...]
    seen: str = ""

    @property
    def name(self) -> str:
        """Of its file, and of its rows."""
        changes = "".join(f"-{key.rpartition('.')[2]}-{value}" for key, value in self.changes.items())
        return f"{self.experiment}{changes}-{self.backend}-seed{self.seed}"

    @property
    def title(self) -> str:
        """What was trained, in words."""
        changes = ", ".join(f"`{key}={value}`" for key, value in self.changes.items())
        return f"`{self.experiment}`" + (f" with {changes}" if changes else "")

    @property
    def last(self) -> Scored:
        """The scores of its last checkpoint."""
        return self.evaluations[-1]


def keep(arguments: argparse.Namespace) -> None:
    for path in arguments.runs:
        run = OpenedRun(path)
        found = kept_of(run, arguments)
        KEPT.mkdir(parents=True, exist_ok=True)
        file = KEPT / f"{found.name}.json"
        file.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
        print(file)


def kept_of(run: OpenedRun, arguments: argparse.Namespace) -> Kept:
    environment, experiment = run.directory.environment(), run.experiment
    done = run.directory.done()
    evaluations = [scored(run, checkpoint, arguments) for checkpoint in arguments.checkpoints.split(",")]
    versions = {
        key: environment[key] for key in ("torch", "paddle", "keras", "tensorflow", "numpy") if key in environment
    }
    return Kept(
        experiment=experiment.name,
        backend=environment["backend"],
        seed=experiment.training.seed,
        steps=done.step,
        minutes=done.seconds / 60,
        threads=arguments.threads or int(environment["threads"]),
        processor=processor(),
        cores=os.cpu_count() or 1,
        versions=versions,
        command=command_of(environment["command"]),
        commit=arguments.commit or told("git", "rev-parse", "--short", "HEAD"),
        date=datetime.date.fromtimestamp((run.path / "done.json").stat().st_mtime).isoformat(),
        changes=dict(changes_of(run)),
        evaluations=tuple(evaluations),
        seen=arguments.seen,
    )


def scored(run: OpenedRun, checkpoint: str, arguments: argparse.Namespace) -> Scored:
    """The scores of a checkpoint, worked out by a process of its own: each run has its own framework."""
    evaluate = ["gan", "evaluate", str(run.path.resolve()), "--checkpoint", checkpoint]
    evaluate += ["--samples", str(arguments.samples), "--metrics", arguments.metrics]
    told(*evaluate, "--features", arguments.features, "--no-figures")
    found = run.directory.evaluation()
    assert found is not None  # it was written just now
    timetable = run.timetable
    return Scored(
        step=found.step,
        epoch=round(timetable.epoch(found.step), 3) if timetable.has_epochs else None,
        generated=found.generated,
        features=found.extractor,
        scores={row.metric: value_of(row) for row in found.rows},
    )


def value_of(row: ScoreRow) -> Value:
    assert row.value is not None, f"{row.metric} is no number"
    low, high = row.interval or (None, None)
    return Value(value=row.value, low=low, high=high, real=row.floor, better=row.better, unit=row.unit)


def changes_of(run: OpenedRun) -> Iterator[tuple[str, Any]]:
    """Yield what a run has other than the preset or recipe of its name, but for seed, sheets and logs."""
    if entry_of(run.experiment.name) is None:
        return
    for row in differences(preset(run.experiment.name), run.experiment):
        if not row.derived and row.key != "training.seed" and not row.key.startswith(OF_NO_MATTER):
            yield row.key, row.right_words


def command_of(text: str) -> str:
    """A command without the folder of its program."""
    program, *words = shlex.split(text)
    return shlex.join([Path(program).name, *words])


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))


def told(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.strip()


# ---------------------------------------------------------------------------------------------------------------------
# The page

INTRODUCTION = """# What trainings reach

Trainings of presets as published, and of their [recipes](recipes.md), as this library's own runs ended. Each score has
its 95% interval: of one run that of its [evaluation](evaluation.md#intervals), of several seeds Student's over them,
which says where another training would come out. "Real" is what real samples get in place of generated ones.

Scores are of {samples} samples. Times are those of a training alone, with the threads that it had; the machines did
other work as well, so that they are upper bounds. The page is made by `python benchmarks/trained.py page` of the files
in [benchmarks/results/trained](../benchmarks/results/trained), which `python benchmarks/trained.py keep RUN` writes;
the [last table](#the-runs) has the command, machine, commit and date of each.
"""


def page(arguments: argparse.Namespace) -> None:
    kept = all_kept()
    PAGE.write_text(page_of(kept), encoding="utf-8")
    TABLE.write_text(table_of(kept), encoding="utf-8")
    print(PAGE, TABLE, sep="\n")


def all_kept() -> list[Kept]:
    """Return all that is kept, in the order of presets, each followed by its recipe."""
    order = {name: (place, False) for place, name in enumerate(PRESETS)}
    order |= {name: (order[entry.recipe_of][0], True) for name, entry in RECIPES.items()}
    last = (len(PRESETS), False)  # experiments that are neither
    found = [msgspec.json.decode(path.read_bytes(), type=Kept) for path in sorted(KEPT.glob("*.json"))]
    return sorted(found, key=lambda one: (order.get(one.experiment, last), one.title, one.backend, one.seed))


def groups_of(kept: Sequence[Kept]) -> dict[str, list[Kept]]:
    """Return runs by what was trained, in order."""
    groups: dict[str, list[Kept]] = {}
    for one in kept:
        groups.setdefault(one.title, []).append(one)
    return groups


def page_of(kept: Sequence[Kept]) -> str:
    counts = " or ".join(f"{count:,}" for count in sorted({one.last.generated for one in kept}))
    parts = [INTRODUCTION.format(samples=counts)]
    for title, group in groups_of(kept).items():
        parts += [f"## {title.replace('`', '')}", *section_of(group)]
    parts += ["## The runs", *runs_table(kept)]
    return "\n".join(parts) + "\n"


def section_of(group: Sequence[Kept]) -> Iterator[str]:
    names = [name for name in HEADLINES if name in group[0].last.scores]
    yield ""
    yield f"Features: {group[0].last.features}; {group[0].steps:,} steps."
    yield ""
    yield from table(["", "minutes", *names], rows_of(group, names))
    yield ""
    by_backend = {one.backend: [run for run in group if run.backend == one.backend] for one in group}
    if len(by_backend) > 1:
        yield from agreement(by_backend, names)
    for one in group:
        if len(one.evaluations) > 1:
            yield f"{one.backend}, seed {one.seed}, over the epochs:"
            yield ""
            yield from table(["", *names], over_epochs(one, names))
            yield ""
    if (PAGE.parent / (picture := f"trained-{group[0].experiment}.png")).is_file() and not group[0].changes:
        yield f"![Sheets of {group[0].experiment}, from the same latents.]({picture})"
        yield ""
    for one in group:
        if one.seen:
            yield f"- {one.backend}, seed {one.seed}: {one.seen}"
    if any(one.seen for one in group):
        yield ""


def rows_of(group: Sequence[Kept], names: Sequence[str]) -> Iterator[list[str]]:
    for one in group:
        scores = one.last.scores
        yield [f"{one.backend}, seed {one.seed}", minutes(one.minutes), *(shown(scores[name]) for name in names)]
    for backend in dict.fromkeys(one.backend for one in group):
        runs = [one for one in group if one.backend == backend]
        if len(runs) > 1:
            means = [mean_of([run.last.scores[name] for run in runs]) for name in names]
            yield [f"**{backend}, {len(runs)} seeds**", "", *(shown(value) for value in means)]
    yield ["real", "", *(short(group[0].last.scores[name].real) for name in names)]


def minutes(value: float) -> str:
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def over_epochs(one: Kept, names: Sequence[str]) -> Iterator[list[str]]:
    for moment in one.evaluations:
        when = f"epoch {moment.epoch:g}" if moment.epoch is not None else f"step {moment.step:,}"
        yield [when, *(shown(moment.scores[name]) for name in names)]


def agreement(by_backend: dict[str, list[Kept]], names: Sequence[str]) -> Iterator[str]:
    """In which scores the intervals of the frameworks overlap."""
    several = all(len(runs) > 1 for runs in by_backend.values())
    apart = []
    for name in names:
        values = [mean_of([run.last.scores[name] for run in runs]) for runs in by_backend.values()]
        lows = [value.low for value in values if value.low is not None]
        highs = [value.high for value in values if value.high is not None]
        if lows and max(lows) > min(highs):
            apart.append(name)
    overlap = f"do not all overlap in {', '.join(apart)}" if apart else "overlap in all of these scores"
    if several:
        yield f"The frameworks' intervals over the seeds {overlap}."
    else:
        yield f"The intervals of these evaluations {overlap}; one training each, so that this is no word on frameworks."
    yield ""


def mean_of(values: Sequence[Value]) -> Value:
    """The mean over seeds with Student's interval; of one seed its own."""
    if len(values) == 1:
        return values[0]
    found = [value.value for value in values]
    mean, reach = statistics.fmean(found), half_width(found)
    return msgspec.structs.replace(values[0], value=mean, low=mean - reach, high=mean + reach)


def shown(value: Value) -> str:
    if value.low is None or value.high is None:
        return short(value.value)
    return f"{short(value.value)} ({short(value.low)} to {short(value.high)})"


def runs_table(kept: Sequence[Kept]) -> Iterator[str]:
    yield ""
    yield from table(
        ["run", "command", "machine", "commit", "date"],
        (
            [
                f"{one.title}, {one.backend}, seed {one.seed}",
                f"`{one.command}`",
                f"{one.threads} of {one.cores} threads of an {one.processor}; {versions_of(one)}",
                one.commit,
                one.date,
            ]
            for one in kept
        ),
    )


def versions_of(one: Kept) -> str:
    return ", ".join(f"{name} {version}" for name, version in one.versions.items())


def table(heads: Sequence[str], rows: Iterator[list[str]]) -> Iterator[str]:
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def table_of(kept: Sequence[Kept]) -> str:
    """Return the table that `gan list --recipes` reads: of runs with the settings that their name stands for."""
    found: dict[str, Any] = {}
    for group in groups_of([one for one in kept if not one.changes]).values():
        first = group[0]
        names = [name for name in HEADLINES if name in first.last.scores]
        scores = {name: mean_of([one.last.scores[name] for one in group]) for name in names}
        found[first.experiment] = {
            "backends": sorted({one.backend for one in group}),
            "seeds": sorted({one.seed for one in group}),
            "steps": first.steps,
            "minutes": round(statistics.median(one.minutes for one in group), 1),
            "threads": max(one.threads for one in group),
            "processor": first.processor,
            "samples": first.last.generated,
            "features": first.last.features,
            "date": max(one.date for one in group),
            "scores": {name: rounded(value) for name, value in scores.items()},
        }
    return "# Written by benchmarks/trained.py.\n\n" + tomli_w.dumps(found)


def rounded(value: Value) -> dict[str, float]:
    found = {"mean": value.value, "low": value.low, "high": value.high, "real": value.real}
    return {key: float(f"{number:.4g}") for key, number in found.items() if number is not None}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    keeping = commands.add_parser("keep")
    keeping.add_argument("runs", nargs="+", type=Path)
    keeping.add_argument("--checkpoints", default="last", help="those to score, with commas, the last one last")
    keeping.add_argument("--samples", type=int, default=10_000)
    keeping.add_argument("--metrics", default=METRICS)
    keeping.add_argument("--features", default="auto")
    keeping.add_argument("--threads", type=int, default=0, help="that the training had, where its files do not say so")
    keeping.add_argument("--commit", default="", help="of the training, by default the present one")
    keeping.add_argument("--seen", default="", help="what the sheet shows to who looks at it")
    keeping.set_defaults(work=keep)
    commands.add_parser("page").set_defaults(work=page)
    arguments = parser.parse_args()
    arguments.work(arguments)


if __name__ == "__main__":
    main()
