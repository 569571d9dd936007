"""One cell of the laboratory: train a model on a mixture, draw samples, count the modes, draw the figure.

It leaves NAME.npy, NAME.png and, last, NAME.json.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gan_core.data.dataset import Dataset
from gan_core.data.sources import Mixture
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import to_toml
from gan_core.files.whole_files import written_whole
from gan_core.metrics.modes import DEVIATIONS, ModeCoverage, mode_coverage

SAMPLES = 2500  # PacGAN's number, taken for the tutorial too, which does not say its own
TOLD_EVERY = 500


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One model on one number of modes from one seed on one backend."""

    protocol: str
    model: str
    modes: int
    backend: str
    seed: int

    @property
    def name(self) -> str:
        """The stem of its files."""
        return f"{self.protocol}-{self.model}-{self.modes}-{self.backend}-seed{self.seed}"


def fingerprint(experiment: Experiment) -> str:
    """Return what tells whether a finished cell is still that of this experiment."""
    return hashlib.sha256(to_toml(experiment).encode()).hexdigest()[:16]


def run_cell(
    cell: Cell, experiment: Experiment, radius: float, folder: Path, tell: Callable[[int], object] = bool
) -> dict[str, Any]:
    """Train, measure and write a cell; return what its JSON file holds. tell: called with the step now and then."""
    from gan_core.contract.loading import load_backend
    from gan_core.training.events import StepEnded
    from gan_core.training.trainer import Trainer

    dataset = experiment.data.load(None)
    trainer = Trainer(experiment, load_backend(cell.backend, experiment.training.dtype, "cpu"), dataset)
    for event in trainer.events():
        if isinstance(event, StepEnded) and event.step % TOLD_EVERY == 0:
            tell(event.step)
    samples = trainer.sampler.sample(SAMPLES, "modes", None).astype(np.float64)
    result = {
        **asdict(cell),
        "fingerprint": fingerprint(experiment),
        "steps": experiment.training.steps,
        "batch_size": experiment.training.batch_size,
        "samples": SAMPLES,
        "seconds": round(trainer.seconds, 2),
        **measures(samples, experiment, dataset, radius),
    }
    write_cell(folder / cell.name, result, samples, dataset)
    return result


def measures(samples: np.ndarray, experiment: Experiment, dataset: Dataset, radius: float) -> dict[str, Any]:
    """Return every count of samples [N, 2], by name.

    The tutorial's own count asks for any sample within `radius` of a mode's k-means centre; all others take the true
    centres.
    """
    assert isinstance(experiment.data, Mixture)
    assert dataset.centres is not None
    deviation = scaled_deviation(experiment.data, dataset)
    true = mode_coverage(samples, dataset.centres, deviation, radius=radius)
    found = mode_coverage(samples, cluster_centres(dataset), deviation, radius=radius)
    width = spread(samples, dataset.centres, deviation)
    return summary(true) | {"covered_within_radius": found.covered_within_radius, "spread": width}


def summary(coverage: ModeCoverage) -> dict[str, Any]:
    """Return a coverage as plain data."""
    return {
        "covered_within_radius": coverage.covered_within_radius,
        "covered": coverage.covered,
        "covered_by_share": coverage.covered_by_share,
        "high_quality": coverage.high_quality,
        "reverse_kl": coverage.reverse_kl,
        "histogram": list(coverage.histogram),
    }


def spread(samples: np.ndarray, centres: np.ndarray, deviation: float) -> float:
    """Return how wide the generated modes are, in standard deviations of the real ones; 0 without good samples.

    The root mean square distance of the high-quality samples [N, 2] from the mean of those in their mode, over that of
    a Gaussian cut at 3 deviations. 1 is right; near 0, each mode is a point or a line, which no count of modes sees.
    """
    distances = np.linalg.norm(samples[:, None, :] - centres[None, :, :], axis=2)
    nearest = distances.argmin(axis=1)
    good = distances.min(axis=1) <= DEVIATIONS * deviation
    squares = [
        ((own - own.mean(axis=0)) ** 2).sum()
        for mode in range(len(centres))
        if len(own := samples[good & (nearest == mode)])
    ]
    if not squares:
        return 0.0
    cut = 1 - (DEVIATIONS**2 / 2) * np.exp(-(DEVIATIONS**2) / 2) / (1 - np.exp(-(DEVIATIONS**2) / 2))
    return float(np.sqrt(sum(squares) / good.sum() / (2 * cut)) / deviation)


def scaled_deviation(mixture: Mixture, dataset: Dataset) -> float:
    """Return the standard deviation of a mode in the units of the points, which may have been scaled."""
    assert dataset.centres is not None
    return float(mixture.standard_deviation * np.abs(dataset.centres).max() / np.abs(mixture.centres()).max())


def cluster_centres(dataset: Dataset) -> np.ndarray:
    """Return the k-means centres [modes, 2] of the real points, started from the true ones.

    From random starts k-means merges modes now and then, and would count a generator's misses that are its own.
    """
    from sklearn.cluster import KMeans

    assert dataset.centres is not None
    fitted = KMeans(len(dataset.centres), init=dataset.centres, n_init=1).fit(dataset.samples)
    return np.asarray(fitted.cluster_centers_)


def write_cell(stem: Path, result: dict[str, Any], samples: np.ndarray, dataset: Dataset) -> None:
    """Write a cell's files, each whole; the JSON file, which makes it finished, last."""
    from gan_core.laboratory.figures import draw_cell

    with written_whole(stem.with_name(stem.name + ".npy")) as path:
        np.save(path, samples)
    with written_whole(stem.with_name(stem.name + ".png")) as path:
        draw_cell(path, samples, dataset, result)
    with written_whole(stem.with_name(stem.name + ".json")) as path:
        path.write_text(json.dumps(result, indent=2) + "\n")
