"""`sweep`: train every variant from every seed, score what came of it, and put tables and figures beside the runs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gan_core.errors import StoppedError, TrainingError, UsageError
from gan_core.evaluation.scorer import as_plain, make_scorer
from gan_core.evaluation.scores import applicable
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import read_run_experiment, to_toml, with_changes
from gan_core.files.disk_errors import write_error
from gan_core.files.whole_files import written_whole
from gan_core.printing import Tell, silent
from gan_core.runs.directory import RunDirectory
from gan_core.runs.history import text_sum
from gan_core.sessions.resuming import resume
from gan_core.sessions.run import Run
from gan_core.sessions.training import train
from gan_core.sweeps.figures import write_loss_figure, write_sample_figure
from gan_core.sweeps.plan import SweepFile, SweepPlan, planned, read_sweep
from gan_core.sweeps.table import Swept, parted, rows_of

USUAL = ("frechet", "neighbours", "classes", "modes")
SCORES, TABLE = "scores.json", "sweep.json"


@dataclass(frozen=True, kw_only=True)
class SweepResult:
    """What came of a sweep.

    path: the folder of its runs. rows: one a variant of each comparison, see `rows_of`. parted: comparison → variant →
    the scores in which it parts from the first, see there. failures: run → why its training ended. files: the table,
    the figures.
    """

    path: Path
    rows: list[dict[str, Any]]
    parted: dict[str, dict[str, list[str]]]
    failures: dict[str, str]
    files: list[Path]

    def plain(self) -> dict[str, Any]:
        """Return the content of ``sweep.json``."""
        return {"rows": self.rows, "parted": self.parted, "failures": self.failures}


def sweep(
    source: str | Path | SweepFile,
    backend: str,
    *,
    seeds: Sequence[int] | None = None,
    steps: int | None = None,
    out: str | Path | None = None,
    device: str = "cpu",
    data_dir: str | Path | None = None,
    progress: bool = True,
    tell: Tell = silent,
) -> SweepResult:
    """Train the variants of a sweep, one after the other, score them, and write tables and figures.

    source: a TOML file (`SweepFile` says what is in it), or a `SweepFile`. backend: the framework of all runs. seeds,
    steps: in place of the file's. out: the folder of the runs ``VARIANT-seedN``, by default ``sweeps/NAME-BACKEND``.
    What is finished there is not run again, what was interrupted goes on, and more steps extend it. device: ``cpu``,
    ``gpu`` or ``gpu:N``. data_dir: the folder where data are looked for first. progress: show how far each training is.
    tell: is told which run is worked at. A training that fails (NaN) is told of in the result, and the others go on.
    Raises `UsageError` for a folder whose runs are of other experiments, and `StoppedError` on a signal.
    """
    file = source if isinstance(source, SweepFile) else read_sweep(Path(source))
    folder = Path() if isinstance(source, SweepFile) else Path(source).parent
    plan = planned(file, folder, seeds=seeds, steps=steps)
    name = "sweep" if isinstance(source, SweepFile) else Path(source).stem
    place = Path(out) if out else Path("sweeps") / f"{name}-{backend}"
    for (variant, seed), experiment in plan.experiments.items():
        check_begun(place / run_name(variant, seed), experiment, backend)  # all of them before the first is trained
    done: dict[tuple[str, int], Swept] = {}
    failures: dict[str, str] = {}
    kept = _kept_scores(place)
    for number, ((variant, seed), experiment) in enumerate(plan.experiments.items(), start=1):
        at = run_name(variant, seed)
        tell(f"{at}, {number} of {len(plan.experiments)}")
        try:
            run = trained(place / at, experiment, backend, device, data_dir, progress=progress)
        except StoppedError:
            raise
        except TrainingError as error:
            failures[at] = str(error)
            continue
        key = _key(plan, experiment)
        if kept.get(at, {}).get("key") != key:
            kept[at] = {"key": key, "rows": scored(run, plan, device, data_dir, tell)}
            _write_json(place / SCORES, kept)
        done[variant, seed] = Swept(run=run, scores=kept[at]["rows"])
    return _written(plan, place, done, failures, tell)


def run_name(variant: str, seed: int) -> str:
    """Return the name of a run's folder."""
    return f"{variant}-seed{seed}"


def check_begun(path: Path, experiment: Experiment, backend: str) -> None:
    """Raise `UsageError` where a folder holds a run of another experiment, or on another framework."""
    if not (path / "experiment.toml").is_file():
        return
    before = read_run_experiment(path / "experiment.toml")
    advice = "name another folder with out=DIR, or remove it"
    if with_changes(before, {"training.steps": experiment.training.steps}) != experiment:
        raise UsageError(f"{path} is a run of another experiment than the sweep's; {advice}")
    if before.training.steps > experiment.training.steps:
        raise UsageError(f"{path} is a run of {before.training.steps} steps, more than the sweep's; {advice}")
    if (other := str(RunDirectory(path).environment()["backend"])) != backend:
        raise UsageError(f"{path} is a run on {other}; {advice}")


def trained(
    path: Path, experiment: Experiment, backend: str, device: str, data_dir: str | Path | None, *, progress: bool
) -> Run:
    """Return the run of an experiment in a folder, at its last step: as it is, gone on with, or trained anew."""
    where: dict[str, Any] = {"device": device, "data_dir": data_dir, "progress": progress}
    if not (path / "experiment.toml").is_file():
        return train(experiment, backend, out=path, **where)
    steps = read_run_experiment(path / "experiment.toml").training.steps
    if RunDirectory(path).finished and steps == experiment.training.steps:
        return Run(path)
    return resume(path, backend, steps=experiment.training.steps, **where)


def scored(
    run: Run, plan: SweepPlan, device: str, data_dir: str | Path | None, tell: Tell = silent
) -> list[Mapping[str, Any]]:
    """Return the scores of a run's last checkpoint, as plain rows of `gan_core.evaluation.scorer.Row`."""
    machine = run.machine(None, device, data_dir)
    dataset = run.dataset(machine.data_dir)
    scorer = make_scorer(run.experiment, dataset, machine, features=plan.features, count=plan.samples)
    sampler = run.sampler_on(machine, with_class_heads=True)
    inputs = scorer.metric_inputs(scorer.draw(sampler, plan.samples), sampler)
    able = applicable(inputs)
    return as_plain(scorer.rows(inputs, plan.metrics or [name for name in USUAL if name in able], tell))


def _written(
    plan: SweepPlan,
    place: Path,
    done: Mapping[tuple[str, int], Swept],
    failures: dict[str, str],
    tell: Tell,
) -> SweepResult:
    """The result, with tables and figures written."""
    if not done:
        first = next(iter(failures.items()))
        raise TrainingError(f"no training of the sweep reached its end; the first, {first[0]}: {first[1]}")
    tell("tables and figures")
    rows = rows_of(plan, done)
    files = [place / TABLE, place / "losses.png"]
    with written_whole(files[1]) as path:
        write_loss_figure(path, plan, done)
    with written_whole(place / "samples.png") as path:
        drawn = write_sample_figure(path, plan, done)
        path.touch()
    if drawn:
        files.append(place / "samples.png")
    else:
        (place / "samples.png").unlink(missing_ok=True)
    result = SweepResult(path=place, rows=rows, parted=parted(plan, done), failures=failures, files=files)
    _write_json(files[0], result.plain())
    return result


def _kept_scores(place: Path) -> dict[str, Any]:
    """The scores of an earlier call, by run; none where there are none to be read."""
    try:
        kept = json.loads((place / SCORES).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return kept if isinstance(kept, dict) and all(isinstance(one, dict) for one in kept.values()) else {}


def _key(plan: SweepPlan, experiment: Experiment) -> list[Any]:
    """What scores depend on, beside the backend."""
    return [text_sum(to_toml(experiment)), list(plan.metrics), plan.samples, plan.features]


def _write_json(path: Path, content: Any) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as temporary:
            temporary.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise write_error(path, error) from None
