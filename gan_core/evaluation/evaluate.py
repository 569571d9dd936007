"""`evaluate`: score a run's checkpoint, write ``evaluation.json`` and pictures into its directory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gan_core.data.identity import DataIdentity, identity_of
from gan_core.errors import UsageError
from gan_core.evaluation.figures import write_class_bars, write_curves, write_plane
from gan_core.evaluation.notes import class_agreement, notes_on
from gan_core.evaluation.score_names import score_name
from gan_core.evaluation.scorer import Drawn, Row, Scorer, as_plain, make_scorer
from gan_core.evaluation.scores import MetricInputs, known_names
from gan_core.features.statistics import read_statistics
from gan_core.files.disk_errors import write_error
from gan_core.metrics import PrecisionRecallCurve, class_shares, entropy_bits, tsne
from gan_core.metrics.intervals import LEAST_PARTS, PARTS, Interval
from gan_core.printing import Tell, silent
from gan_core.runs.opened import OpenedRun
from gan_core.sheets.sheets import shown_as, write_whole_sheet
from gan_core.training.machine import Machine

FILE, FIGURES = "evaluation.json", "evaluation"
TSNE_SAMPLES = 1000
MOST_PARTS = 1000  # whose values stand in the file


@dataclass(frozen=True, kw_only=True)
class Result:
    """The scores of a run's checkpoint.

    rows: one a score. step, steps: the checkpoint's, and the run's last. finished: whether they are the same. notes:
    what a reader must know, such as that the run is unfinished. figures: the pictures that were written. data: what the
    run learned from.
    """

    rows: list[Row]
    step: int
    steps: int
    finished: bool
    notes: list[str]
    figures: list[Path]
    data: DataIdentity

    def value(self, metric: str) -> float:
        """Return the number of a row by its name, or by any word that ``metrics`` takes, as "fid".

        Raises `UsageError` if there is none.
        """
        return self._row(metric).value

    def interval(self, metric: str) -> Interval | None:
        """Return the interval of a row, by the same words, or None where none was worked out."""
        return self._row(metric).interval

    def _row(self, metric: str) -> Row:
        rows = {row.metric: row for row in self.rows}
        found = score_name(metric, rows)
        if found is None:
            raise UsageError(f"no '{metric}' in this evaluation; it has {', '.join(rows)}")
        return rows[found]


def evaluate(
    run: OpenedRun,
    *,
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
) -> Result:
    """Score new samples of a run against held-out real ones.

    metrics: names of `METRICS`, by default all that apply. features: see `choose_extractor`. reference: a file of
    published statistics of features, to score against beside the real samples whatever `metrics` are, see
    `read_statistics`. samples: how many
    are generated (default: 10,000 images or 2,500 points, or as many as real ones can be had). checkpoint: see
    `OpenedRun.state`. backend: by default the run's own; the features do not depend on it, but for the rounding of
    those of Inception. seed: another one gives other samples, real and generated, and other random choices of the
    metrics. intervals: of how many parts of the samples the intervals of scores are made (see `metrics.intervals`); 0:
    none are. tell: is told what is being done. Raises `UsageError` for a run without a checkpoint, and for what does
    not fit together.
    """
    known_names(metrics or ())
    machine = run.machine(backend, device, data_dir)
    check_samples(samples)
    check_intervals(intervals)
    state = run.state(checkpoint)
    scorer = scorer_of(run, machine, features=features, reference=reference, samples=samples, seed=seed, tell=tell)
    sampler = run.sampler_on(machine, state, with_class_heads=True)
    tell("samples and their features")
    drawn = scorer.draw(sampler, samples or scorer.real.smaller)
    inputs = scorer.metric_inputs(drawn, sampler, intervals=intervals)
    rows = scorer.rows(inputs, metrics, tell)
    curves = curves_of(scorer, inputs, metrics)
    written = write_figures(run, scorer, drawn, curves, tell) if figures else []
    result = Result(
        rows=rows,
        step=state.step,
        steps=run.experiment.training.steps,
        finished=state.step >= run.experiment.training.steps,
        notes=notes_on(run.experiment, scorer, drawn, rows, step=state.step, checkpoint=checkpoint),
        figures=written,
        data=identity_of(scorer.dataset),
    )
    content = described(run, scorer, drawn, result) | {
        **({"precision_recall_curves": _plain_curves(curves)} if curves else {}),
        "backend": machine.backend,
        "checkpoint": checkpoint,
        "seed": seed,
        "intervals": intervals,
    }
    run.directory.write_json(FILE, content)
    return result


def scorer_of(
    run: OpenedRun,
    machine: Machine,
    *,
    features: str,
    reference: str | Path | None,
    samples: int | None,
    seed: int,
    tell: Tell,
) -> Scorer:
    """Return the scorer of a run's samples, which also holds them against a reference; the arguments of `evaluate`."""
    statistics = None if reference is None else read_statistics(reference, machine.data_dir)
    tell("features of real samples")
    dataset = run.dataset(machine.data_dir)
    scorer = make_scorer(run.experiment, dataset, machine, features=features, count=samples, seed=seed)
    if statistics is not None:
        scorer.hold_against(statistics)
    return scorer


def check_samples(samples: int | None) -> None:
    """Raise `UsageError` for a number of samples that nothing can be done with."""
    if samples is not None and samples < 2:
        raise UsageError(f"samples={samples}: expected at least 2")


def check_intervals(intervals: int) -> None:
    """Raise `UsageError` for a number of parts that no interval can be made of."""
    if intervals and not LEAST_PARTS <= intervals <= MOST_PARTS:
        raise UsageError(f"intervals={intervals}: expected {LEAST_PARTS} to {MOST_PARTS} parts of the samples, or 0")


def described(run: OpenedRun, scorer: Scorer, drawn: Drawn, result: Result) -> dict[str, Any]:
    """Return the content of ``evaluation.json``."""
    content: dict[str, Any] = {
        "run": str(run.path),
        "experiment": run.experiment.name,
        "step": result.step,
        "steps": result.steps,
        "finished": result.finished,
        "notes": result.notes,
        "data": result.data.plain(),
        "extractor": scorer.extractor.name,
        "generated": len(drawn.samples),
        "reference": {"split": scorer.real.reference.split, "samples": len(scorer.real.reference.samples)},
        "floor": {"split": scorer.real.stand_in.split, "samples": len(scorer.real.stand_in.samples)},
        "rows": as_plain(result.rows),
        "figures": [str(path.relative_to(run.path)) for path in result.figures],
    }
    if (rows := drawn.features.probabilities) is not None and scorer.reference.probabilities is not None:
        number = rows.shape[1]
        shares = {"generated": drawn.features.classes, "real": scorer.reference.classes}
        content["classes"] = {name: class_shares(np.asarray(of), number).tolist() for name, of in shares.items()}
    if (agreement := class_agreement(drawn)) is not None:
        content["label_agreement"] = [float(share) if np.isfinite(share) else None for share in agreement]
    return content


def curves_of(scorer: Scorer, inputs: MetricInputs, metrics: Sequence[str] | None) -> dict[str, PrecisionRecallCurve]:
    """Return the curves of precision against recall of generated samples and of real ones, where they are asked for."""
    if "precision-recall-curve" not in known_names(metrics or ()):
        return {}
    return {"generated": inputs.curve, "real": scorer.floor_inputs(inputs.labels is not None).curve}


def _plain_curves(curves: Mapping[str, PrecisionRecallCurve]) -> dict[str, dict[str, list[float]]]:
    """The curves as JSON can hold them, at every tenth angle."""
    return {
        name: {
            "precision": np.round(curve.precision[::10], 6).tolist(),
            "recall": np.round(curve.recall[::10], 6).tolist(),
        }
        for name, curve in curves.items()
    }


def write_figures(
    run: OpenedRun, scorer: Scorer, drawn: Drawn, curves: Mapping[str, PrecisionRecallCurve], tell: Tell
) -> list[Path]:
    """Write the pictures that the samples allow into the run's folder, and return their paths.

    curves: of precision against recall, by what they are of, to be drawn too; {} for none.
    """
    try:
        folder = run.directory.folder(FIGURES)
    except OSError as error:
        raise write_error(run.path / FIGURES, error) from None
    tell("pictures")
    paths = []
    if curves:
        paths.append(folder / "precision-recall.png")
        write_curves(paths[-1], curves)
    if (kind := shown_as(scorer.dataset)) != "image":
        columns, title = run.experiment.sampling.columns, f"{run.experiment.name}, generated"
        return paths + write_whole_sheet(folder / f"{kind}.png", drawn.samples[:2000], columns, scorer.dataset, title)
    sets = {"real": scorer.reference, "generated": drawn.features}
    if all(features.probabilities is not None for features in sets.values()):
        paths.append(folder / "classes.png")
        draw_class_bars(paths[-1], sets)
    paths.append(folder / "tsne.png")
    if draw_plane(paths[-1], sets):
        return paths
    return paths[:-1]


def draw_class_bars(path: Path, sets: dict[str, Any]) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Write the class bars of sets of features that know classes; return shares and entropies in bits."""
    shares = {name: class_shares(of.classes, of.probabilities.shape[1]) for name, of in sets.items()}
    entropies = {name: entropy_bits(share) for name, share in shares.items()}
    write_class_bars(path, shares, entropies)
    return shares, entropies


def draw_plane(path: Path, sets: dict[str, Any], of: str = "features") -> bool:
    """Write the t-SNE picture of at most 1,000 samples of each set; return False for too few, or all alike.

    of: what the values of the sets are, in a word.
    """
    parts = [of.values[:TSNE_SAMPLES] for of in sets.values()]
    together = np.concatenate(parts)
    if len(together) < 100 or together.shape[1] < 2 or (together == together[0]).all():
        return False
    ends = np.cumsum([len(part) for part in parts])
    groups = {name: slice(end - len(part), end) for name, part, end in zip(sets, parts, ends, strict=True)}
    classes = None
    if all(of.classes is not None for of in sets.values()):
        classes = np.concatenate([of.classes[:TSNE_SAMPLES] for of in sets.values()])
    write_plane(path, tsne(together), groups, classes, of)
    return True
