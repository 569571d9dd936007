"""New samples from a run: fresh latents, one class, or walks between latents."""

from pathlib import Path

import numpy as np

from gan_core import randomness
from gan_core.errors import UsageError
from gan_core.experiments.translations import domain_made
from gan_core.files.whole_files import written_whole
from gan_core.sessions.run import Run
from gan_core.sheets.sheets import write_sheet
from gan_core.specs.networks import condition_of
from gan_core.training.latent_walks import between
from gan_core.training.trainer import Trainer


def write_samples(
    run: Path,
    out: Path,
    *,
    count: int,
    label: int | str | None,
    interpolate: bool,
    seed: int,
    backend: str | None,
    data_dir: Path | None,
    allow_imports: bool = False,
) -> None:
    """Write a sheet of `count` new samples of a run's newest checkpoint to a PNG."""
    opened = Run(run, allow_imports=allow_imports)
    number = None if label is None else opened.checked_label(label)
    trainer = opened.sampler(backend=backend, data_dir=data_dir)
    columns = min(count, 8 if count < 100 else 10)
    labels = None if number is None else np.full(count, number)
    if interpolate:
        samples = interpolated(trainer, count, columns, labels, seed)
    else:
        samples = trainer.sample(count, f"sample {seed}", labels)
    with written_whole(out) as path:
        shown = domain_made(opened.experiment, trainer.dataset, opened.experiment.sampled[0])
        write_sheet(path, samples, columns, shown, f"{opened.experiment.name}, {count} samples")


def interpolated(trainer: Trainer, count: int, columns: int, labels: np.ndarray | None, seed: int) -> np.ndarray:
    """Return samples whose rows of `columns` walk from one latent to another; a row keeps its label."""
    if columns < 2:
        raise UsageError("interpolate=True needs at least two samples: give count=2 or more")
    network = trainer.experiment.sampled[0]
    if any(given.kind == "data" for given in trainer.experiment.plans[network].inputs.values()):
        raise UsageError(f"interpolate=True walks between latents, but the network '{network}' reads images")
    rows = -(-count // columns)
    share = np.tile(np.linspace(0, 1, columns), rows)[:count]
    row = np.arange(count) // columns
    inputs = {}
    condition = condition_of(trainer.experiment.plans[network].inputs)
    for name, given in trainer.experiment.plans[network].inputs.items():
        generator = randomness.stream(trainer.experiment.training.seed, f"interpolate {seed}/{name}")
        if given.kind == "label":
            drawn = randomness.labels(generator, given.classes or 1, rows)[row]
            inputs[name] = drawn if labels is None else labels
        elif name == condition and labels is not None:
            inputs[name] = randomness.one_hot(labels, given)
        else:
            ends = randomness.latents(generator, given, 2 * rows)
            inputs[name] = between(ends[row], ends[rows + row], share, given)
    return trainer.generate(network, inputs)
