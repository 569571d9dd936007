"""How scores change as latents or styles are truncated: fidelity exchanged for diversity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gan_core.errors import UsageError
from gan_core.evaluation.evaluate import FIGURES, check_intervals, check_samples, scorer_of
from gan_core.evaluation.figures_of_truncations import write_truncations
from gan_core.evaluation.notes import notes_on
from gan_core.evaluation.scorer import Drawn, Row, Scorer, as_plain, check_generator
from gan_core.evaluation.scores import known_names
from gan_core.files.disk_errors import write_error
from gan_core.metrics.intervals import PARTS
from gan_core.printing import Tell, silent
from gan_core.runs.opened import OpenedRun
from gan_core.training.sampler import Sampler
from gan_core.training.truncation import check_styles, with_truncated_styles

FILE, FIGURE = "truncations.json", "truncations.png"
SCORES = ("frechet", "neighbours")  # what is exchanged for what; "inception", too, where classes are known
WORDS = {"truncation": "share of the way from the mean style", "latent_truncation": "bound of normal latents"}


@dataclass(frozen=True, kw_only=True)
class TruncationPoint:
    """The scores at one truncation: a share of styles or a bound of latents, None for none."""

    truncation: float | None
    rows: list[Row]


@dataclass(frozen=True, kw_only=True)
class TruncationCurve:
    """The scores of a run's checkpoint at several truncations.

    of: "truncation" for styles, "latent_truncation" for latents. points: from the strongest truncation to none at all.
    step, steps: the checkpoint's, and the run's last. notes: what a reader must know. figures: the pictures written.
    """

    of: str
    points: list[TruncationPoint]
    step: int
    steps: int
    notes: list[str]
    figures: list[Path]


def evaluate_truncations(
    run: OpenedRun,
    *,
    truncations: Sequence[float] | None = None,
    latent_truncations: Sequence[float] | None = None,
    metrics: Sequence[str] | None = None,
    features: str = "auto",
    reference: str | Path | None = None,
    samples: int | None = None,
    checkpoint: str | int = "last",
    figures: bool = True,
    backend: str | None = None,
    device: str = "cpu",
    data_dir: str | Path | None = None,
    seed: int = 0,
    intervals: int = PARTS,
    tell: Tell = silent,
) -> TruncationCurve:
    """Score samples at each of some truncations and at none, against the same real ones, into ``truncations.json``.

    The truncation trick: Brock et al. 2019 (arXiv:1809.11096, section 3.1) for latents, Karras et al. 2019
    (arXiv:1812.04948, appendix B) for styles; precision drawn against recall as in Kynkäänniemi et al. 2019
    (arXiv:1904.06991, section 4). All draws have the same latents but for those that a bound draws anew.

    truncations: of styles, from 0, their mean, to 1, none. latent_truncations: bounds within which normal latents are
    drawn. One of the two is given. metrics: by default Fréchet, precision, recall, density, coverage, and the inception
    score where classes are known. The other arguments are those of `evaluate`. Raises `UsageError` for networks that
    have no such latents or styles, and as `evaluate` does.
    """
    of, values = _asked(truncations, latent_truncations)
    known_names(metrics or ())
    check_generator(run.experiment)
    check_samples(samples)
    check_intervals(intervals)
    machine = run.machine(backend, device, data_dir)
    state = run.state(checkpoint)
    sampler = run.sampler_on(machine, state)
    _check(sampler, of, values)
    scorer = scorer_of(run, machine, features=features, reference=reference, samples=samples, seed=seed, tell=tell)
    names = metrics or (*SCORES, *(["inception"] if scorer.reference.probabilities is not None else []))
    originals = {name: sampler.networks[name].read() for name in run.experiment.sampled} if of == "truncation" else {}
    points = []
    for value in values:
        shown = "no truncation" if value is None else f"{of}={value:g}"
        tell(f"{shown}: samples and their features")
        drawn = scorer.draw(_truncated(sampler, of, value, originals), samples or scorer.real.smaller)
        inputs = scorer.metric_inputs(drawn, intervals=intervals)
        rows = scorer.rows(inputs, names, lambda text, shown=shown: tell(f"{shown}: {text}"))  # type: ignore[misc]
        points.append(TruncationPoint(truncation=value, rows=rows))
    result = TruncationCurve(
        of=of,
        points=points,
        step=state.step,
        steps=run.experiment.training.steps,
        notes=notes_on(run.experiment, scorer, drawn, points[-1].rows, step=state.step, checkpoint=checkpoint),
        figures=_write_figure(run, of, points) if figures else [],
    )
    settings = {"backend": machine.backend, "checkpoint": checkpoint, "seed": seed, "intervals": intervals}
    run.directory.write_json(FILE, _described(run, scorer, drawn, result) | settings)
    return result


def _asked(
    truncations: Sequence[float] | None, latent_truncations: Sequence[float] | None
) -> tuple[str, list[float | None]]:
    """What is truncated, and each value once, the strongest first and None, no truncation, at the end."""
    asked = {"truncation": truncations, "latent_truncation": latent_truncations}
    given = {of: values for of, values in asked.items() if values is not None}
    if len(given) != 1:
        raise UsageError("give truncations of styles or latent_truncations, one of the two")
    ((of, values),) = given.items()
    if not values:
        raise UsageError(f"{of}s: expected numbers, as 0.5,0.7,1")
    untruncated = 1.0 if of == "truncation" else None  # of styles, 1 is none
    return of, [*sorted(value for value in set(values) if value != untruncated), None]


def _check(sampler: Sampler, of: str, values: Sequence[float | None]) -> None:
    """Raise `UsageError` for a value that is none, or that the networks cannot be truncated by."""
    for value in values:
        if of == "truncation":
            check_styles(sampler.experiment, value)
        else:
            sampler.truncated(value)


def _truncated(sampler: Sampler, of: str, value: float | None, originals: Mapping[str, Mapping[str, Any]]) -> Sampler:
    """The sampler at a truncation, from the weights of networks whose styles may have been truncated already."""
    if of == "latent_truncation":
        return sampler.truncated(value)
    for name, weights in originals.items():
        sampler.networks[name].load(weights)
    return with_truncated_styles(sampler, value)


def _write_figure(run: OpenedRun, of: str, points: Sequence[TruncationPoint]) -> list[Path]:
    try:
        path = run.directory.folder(FIGURES) / FIGURE
    except OSError as error:
        raise write_error(run.path / FIGURES, error) from None
    labels = ["none" if point.truncation is None else f"{point.truncation:g}" for point in points]
    write_truncations(path, labels, [point.rows for point in points], WORDS[of])
    return [path]


def _described(run: OpenedRun, scorer: Scorer, drawn: Drawn, result: TruncationCurve) -> dict[str, Any]:
    """The content of ``truncations.json``."""
    return {
        "run": str(run.path),
        "experiment": run.experiment.name,
        "step": result.step,
        "steps": result.steps,
        "finished": result.step >= result.steps,
        "notes": result.notes,
        "extractor": scorer.extractor.name,
        "generated": len(drawn.samples),
        "reference": {"split": scorer.real.reference.split, "samples": len(scorer.real.reference.samples)},
        "floor": {"split": scorer.real.stand_in.split, "samples": len(scorer.real.stand_in.samples)},
        "truncation": result.of,
        "points": [{"truncation": point.truncation, "rows": as_plain(point.rows)} for point in result.points],
        "figures": [str(path.relative_to(run.path)) for path in result.figures],
    }
