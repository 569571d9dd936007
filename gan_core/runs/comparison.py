"""Real images above generated ones: ``samples/comparison.png``, beside the newest sheet."""

import numpy as np

from gan_core import randomness
from gan_core.data.dataset import Dataset
from gan_core.experiments.experiment import Experiment
from gan_core.files.whole_files import written_whole
from gan_core.runs.directory import RunDirectory
from gan_core.runs.montage import moment
from gan_core.sheets.sheets import image_grid, shown_as
from gan_core.sheets.titled_pictures import Block, titled_grid
from gan_core.training.timetable import Timetable

FILE = "samples/comparison.png"
ROWS = 2  # of real images, and as many of generated ones
LARGEST = 2048  # pixels of the longer side


def is_compared(experiment: Experiment, dataset: Dataset) -> bool:
    """Whether real images can stand above a run's samples: of images, and not of translations, which show their own."""
    specs = [spec for name in experiment.sampled for spec in experiment.plans[name].inputs.values()]
    return shown_as(dataset) == "image" and all(spec.kind != "data" for spec in specs)


def write_comparison(
    directory: RunDirectory, timetable: Timetable, dataset: Dataset, step: int, samples: np.ndarray
) -> None:
    """Write two rows of a sheet's samples below as many real images, drawn anew for each step.

    samples: of the sheet of a step, [rows · columns, *shape]; those shown are spread evenly over it. Where they were
    asked for by label, the real images are of the same classes. Raises `WriteError`.
    """
    experiment = timetable.experiment
    columns = experiment.sampling.columns
    count = min(ROWS * columns, len(samples))
    shown = np.arange(count) * len(samples) // count
    generator = randomness.stream(experiment.training.seed, "comparison", step)
    real = _real_samples(experiment, dataset, shown // columns, generator)
    blocks = [
        Block(title=title, pictures=[("", image_grid(images, columns, dataset.value_range))])
        for title, images in (
            ("real", dataset.take(real, np.dtype("float64"))),
            (f"generated, {moment(step, timetable)}", samples[shown]),
        )
    ]
    with written_whole(directory.file(FILE)) as path:
        titled_grid(blocks, 1, LARGEST).save(path, format="PNG")


def _real_samples(
    experiment: Experiment, dataset: Dataset, rows: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """Return positions of real samples, [n], each of the class that its row of the sheet is of, where it is of one."""
    chosen = generator.integers(0, len(dataset), len(rows))
    labels = (spec for spec in experiment.plans[experiment.sampler_network].inputs.values() if spec.kind == "label")
    classes = next((spec.classes for spec in labels), None)
    if classes is None or dataset.labels is None:
        return chosen
    for place, wanted in enumerate(rows % classes):
        if len(alike := np.flatnonzero(dataset.labels == wanted)):
            chosen[place] = alike[generator.integers(0, len(alike))]
    return chosen
