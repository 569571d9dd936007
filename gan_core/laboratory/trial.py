"""One trial of the laboratory: train a model on a mixture, draw samples, count the modes, draw the figure.

A trial leaves four files, named after it: NAME.jsonl (the losses), NAME.npy (the samples), NAME.png and, last,
NAME.json (the counts).
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gan_core.contract.loading import load_backend
from gan_core.data.dataset import Dataset
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import to_toml
from gan_core.files.whole_files import written_whole
from gan_core.laboratory.figures import draw_trial
from gan_core.laboratory.protocols import Judging
from gan_core.metrics.modes import DEVIATIONS, ModeCoverage, mode_coverage
from gan_core.training.events import ScalarsLogged, StepEnded
from gan_core.training.trainer import Trainer

FOLDER = "cells"  # of the trials' files; a trial was once called a cell, and what was finished then is still read
ANNOUNCED_EVERY = 500  # steps
Line = Mapping[str, Any]  # of losses: step, epoch, and every scalar as ``phase/name``


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One model, trained on one number of modes from one seed on one backend, and its modes counted."""

    protocol: str
    model: str
    modes: int
    backend: str
    seed: int

    @property
    def name(self) -> str:
        """The stem of the trial's files."""
        return f"{self.protocol}-{self.model}-{self.modes}-{self.backend}-seed{self.seed}"


def fingerprint(experiment: Experiment) -> str:
    """Return 16 hexadecimal digits that differ between experiments: a finished trial of another one is run again."""
    return hashlib.sha256(to_toml(experiment).encode()).hexdigest()[:16]


def run_trial(
    trial: Trial,
    experiment: Experiment,
    judging: Judging,
    folder: Path,
    announce: Callable[[int, Line | None], object] | None = None,
    device: str = "cpu",
) -> dict[str, Any]:
    """Train a trial's model, count the modes it reaches, write the files and return what the JSON file holds.

    announce: called with the step now and then, and with each line of losses. device: ``cpu``, ``gpu`` or ``gpu:N``.
    """
    dataset = experiment.data.load(None)
    training = experiment.training
    trainer = Trainer(
        experiment, load_backend(trial.backend, training.dtype, device, products=training.products), dataset
    )
    told = announce or (lambda *_: None)
    losses: list[Line] = []
    for event in trainer.events():
        if isinstance(event, ScalarsLogged):
            losses.append(_line(event, trainer.timetable.epoch(event.step)))
            told(event.step, losses[-1])
        elif isinstance(event, StepEnded) and event.step % ANNOUNCED_EVERY == 0:
            told(event.step, None)
    labels = np.arange(judging.samples) if judging.even_labels else None
    samples = trainer.sampler.sample(judging.samples, "modes", labels).astype(np.float64)
    result = {
        **asdict(trial),
        "fingerprint": fingerprint(experiment),
        "steps": experiment.training.steps,
        "batch_size": experiment.training.batch_size,
        "samples": judging.samples,
        "even_labels": judging.even_labels,
        "seconds": round(trainer.seconds, 2),
        **measures(samples, dataset, judging.radius),
    }
    write_trial(folder / trial.name, result, samples, dataset, losses, judging.reach)
    return result


def _line(event: ScalarsLogged, epoch: float) -> Line:
    """A line of losses. Those of a phase that rested are its last, and ``of_step`` says of which step."""
    earlier = {"of_step": dict(event.of_step)} if event.of_step else {}
    return {"step": event.step, "epoch": round(epoch, 6), **event.scalars, **earlier}


def measures(samples: np.ndarray, dataset: Dataset, radius: float) -> dict[str, Any]:
    """Return every count of the modes that samples [N, 2] reach, by name.

    dataset: with known modes. radius: within which any sample covers a mode, in units of the points. This count, the
    tutorial's, is about the k-means centres of the real points; all others take the true centres.
    """
    centres, deviation = dataset.centres, dataset.mode_deviation
    assert centres is not None
    assert deviation is not None
    about_centres = mode_coverage(samples, centres, deviation, radius=radius)
    about_clusters = mode_coverage(samples, cluster_centres(dataset), deviation, radius=radius)
    return summary(about_centres) | {
        "covered_within_radius": about_clusters.covered_within_radius,
        "spread": spread(samples, centres, deviation),
    }


def summary(coverage: ModeCoverage) -> dict[str, Any]:
    """Return a coverage as JSON can hold it."""
    return {
        "covered_within_radius": coverage.covered_within_radius,
        "covered": coverage.covered,
        "covered_by_share": coverage.covered_by_share,
        "high_quality": coverage.high_quality,
        "reverse_kl": coverage.reverse_kl,
        "histogram": list(coverage.histogram),
    }


def spread(samples: np.ndarray, centres: np.ndarray, deviation: float) -> float:
    """Return how wide the generated modes are, over the width of the real ones; 0 without high-quality samples.

    The width is the root mean square distance of the high-quality samples, out of samples [N, 2], from the mean of
    those in their mode; that of a real mode is a Gaussian's, cut at 3 deviations. 1 is right; near 0, each mode is a
    point or a line, which no count of modes sees.
    """
    distances = np.linalg.norm(samples[:, None, :] - centres[None, :, :], axis=2)
    nearest = distances.argmin(axis=1)
    good = distances.min(axis=1) <= DEVIATIONS * deviation
    squares = [
        ((in_mode - in_mode.mean(axis=0)) ** 2).sum()
        for mode in range(len(centres))
        if len(in_mode := samples[good & (nearest == mode)])
    ]
    if not squares:
        return 0.0
    cut = 1 - (DEVIATIONS**2 / 2) * np.exp(-(DEVIATIONS**2) / 2) / (1 - np.exp(-(DEVIATIONS**2) / 2))
    return float(np.sqrt(sum(squares) / good.sum() / (2 * cut)) / deviation)


def cluster_centres(dataset: Dataset) -> np.ndarray:
    """Return the k-means centres [modes, 2] of the real points, started from the true ones.

    From random starts k-means merges modes now and then, and would blame the generator for its own misses.
    """
    from sklearn.cluster import KMeans

    assert dataset.centres is not None
    fitted = KMeans(len(dataset.centres), init=dataset.centres, n_init=1).fit(dataset.samples)
    return np.asarray(fitted.cluster_centers_)


def write_trial(
    stem: Path,
    result: dict[str, Any],
    samples: np.ndarray,
    dataset: Dataset,
    losses: Sequence[Line],
    reach: float | None,
) -> None:
    """Write a trial's files, each whole or not at all; last the JSON file, by which a trial counts as finished.

    reach: of the figure, as in `Judging`.
    """
    with written_whole(stem.with_name(stem.name + ".jsonl")) as path:
        path.write_text("".join(json.dumps(line) + "\n" for line in losses))
    with written_whole(stem.with_name(stem.name + ".npy")) as path:
        np.save(path, samples)
    with written_whole(stem.with_name(stem.name + ".png")) as path:
        draw_trial(path, samples, dataset, result, losses, reach)
    with written_whole(stem.with_name(stem.name + ".json")) as path:
        path.write_text(json.dumps(result, indent=2) + "\n")
