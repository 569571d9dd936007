"""New samples from a run: fresh latents, one class, or walks between latents."""

from pathlib import Path

import numpy as np

from gan_core import randomness
from gan_core.errors import UsageError
from gan_core.experiments.translations import output_domain
from gan_core.files.whole_files import written_whole
from gan_core.sessions.run import Run
from gan_core.sheets.sheets import write_sheet
from gan_core.specs.networks import condition_of
from gan_core.training.latent_walks import latents_on_paths
from gan_core.training.sampler import Sampler


def write_samples(
    run: Path,
    out: Path,
    *,
    count: int,
    label: int | str | None,
    interpolate: bool,
    seed: int,
    backend: str | None,
    data_dir: str | Path | None,
    allow_imports: bool = False,
) -> None:
    """Write a sheet of `count` new samples of a run's newest checkpoint to a PNG; see `Run.sample` and `interpolated`.

    allow_imports: whether the modules that the run has kept may run. Raises `UsageError` for a class that is none, and
    `WriteError`.
    """
    opened = Run(run, allow_imports=allow_imports)
    number = None if label is None else opened.checked_label(label)
    sampler = opened.sampler(backend, data_dir=data_dir)
    columns = min(count, 8 if count < 100 else 10)
    labels = None if number is None else np.full(count, number)
    if interpolate:
        samples = interpolated(sampler, count, columns, labels, seed)
    else:
        samples = sampler.sample(count, f"sample {seed}", labels)
    with written_whole(out) as path:
        shown = output_domain(opened.experiment, sampler.dataset, opened.experiment.sampler_network)
        write_sheet(path, samples, columns, shown, f"{opened.experiment.name}, {count} samples")


def interpolated(sampler: Sampler, count: int, columns: int, labels: np.ndarray | None, seed: int) -> np.ndarray:
    """Return samples [count, *shape] whose rows of `columns` walk from one latent to another; a row keeps its label.

    labels: the class of each sample, [count], or None to draw one for each row. seed: another seed gives other walks.
    Raises `UsageError` for a single column, and for a network that reads images.
    """
    if columns < 2:
        raise UsageError("interpolate=True needs at least two samples: give count=2 or more")
    network = sampler.experiment.sampler_network
    if any(spec.kind == "data" for spec in sampler.experiment.plans[network].inputs.values()):
        raise UsageError(f"interpolate=True walks between latents, but the network '{network}' reads images")
    rows = -(-count // columns)
    share = np.tile(np.linspace(0, 1, columns), rows)[:count]
    row = np.arange(count) // columns
    inputs = {}
    condition = condition_of(sampler.experiment.plans[network].inputs)
    for name, spec in sampler.experiment.plans[network].inputs.items():
        generator = randomness.stream(sampler.experiment.training.seed, f"interpolate {seed}/{name}")
        if spec.kind == "label":
            drawn = randomness.labels(generator, spec.classes or 1, rows)[row]
            inputs[name] = drawn if labels is None else labels
        elif name == condition and labels is not None:
            inputs[name] = randomness.one_hot(labels, spec)
        else:
            inputs[name] = latents_on_paths(generator, spec, row, share)
    return sampler.generate(network, inputs)
