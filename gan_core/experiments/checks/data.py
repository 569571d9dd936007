"""Checks of an experiment against the data that were read for it: values, labels, order."""

import numpy as np

from gan_core.data.dataset import Dataset
from gan_core.experiments.check import CHECKS, Findings
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.translations import output_domain
from gan_core.plans.output_ranges import OutputRange, output_range

SAMPLES_READ = 2000  # evenly spaced
MARGIN = 0.05  # of the range of a network's outputs, by which values may lie beyond it
FEW = 0.01  # the share of values that may lie further out
LARGE = 16.0
NARROW = 64  # of 256 pixel values
MOST_NAMED = 5
SHORT = 20  # batches between two sheets, checkpoints or scores


def _some(dataset: Dataset) -> np.ndarray:
    """Return some of the samples as they are stored, evenly spaced."""
    return dataset.samples[:: max(1, len(dataset) // SAMPLES_READ)]


def _values(dataset: Dataset) -> np.ndarray:
    """Return some of the values that networks are fed; for bytes the ends of their range, whatever the images show."""
    if dataset.samples.dtype == np.uint8:
        return np.array(dataset.value_range)
    return np.asarray(_some(dataset))


@CHECKS.register("value-range", of_data=True)
def value_range(experiment: Experiment, dataset: Dataset) -> Findings:
    """The generator's last layer ends elsewhere than the data's values do, as a tanh against 0 … 1."""
    for network in experiment.sampled:
        domain = output_domain(experiment, dataset, network)
        outputs = output_range(experiment.plans[experiment.last_of(network)])
        if outputs.bounded and (fault := _misfit(_values(domain), outputs)):
            yield (
                f"network '{network}' ends in a {outputs.function} (layer '{outputs.layer}'), so its samples are "
                f"{outputs.shown()}, but the values of '{domain.name}' run {_ends(domain)}: {fault}; "
                f"{_remedy(domain, outputs)}"
            )


def _misfit(values: np.ndarray, outputs: OutputRange) -> str | None:
    """Return in words why the values of the data and the range of a network's outputs do not fit, or None."""
    width = outputs.high - outputs.low
    margin = MARGIN * width if np.isfinite(width) else MARGIN
    share = float(((values < outputs.low - margin) | (values > outputs.high + margin)).mean())
    if share > FEW:
        return f"{share:.0%} of them are out of its reach" if len(values) > 2 else "some of them are out of its reach"
    if outputs.low < 0 <= values.min() and np.isfinite(width):
        return "half of what it makes, below 0, is like no sample"
    return None


def _ends(dataset: Dataset) -> str:
    values = _values(dataset)
    return f"from {values.min():.3g} to {values.max():.3g}"


def _remedy(dataset: Dataset, outputs: OutputRange) -> str:
    if "values" in dataset.remedies:
        return f"{dataset.remedies['values']}, or end the network in another function"
    ends = f"{outputs.low:g} and {outputs.high:g}" if np.isfinite(outputs.high - outputs.low) else "-1 and 1"
    if dataset.samples.dtype == np.uint8:
        return f"set data.value_range to {ends}, or end the network in another function"
    return f"scale the data so that they run between {ends}, or end the network in another function"


@CHECKS.register("unscaled-data", of_data=True)
def unscaled_data(experiment: Experiment, dataset: Dataset) -> Findings:
    """The data's values are far larger than networks start out to make."""
    if any(output_range(experiment.plans[experiment.last_of(network)]).bounded for network in experiment.sampled):
        return  # `value_range` says so of values that are out of reach
    for domain in _domains(dataset):
        largest = float(np.quantile(np.abs(_values(domain)), 0.99))
        if largest > LARGE:
            remedy = domain.remedies.get("values", "divide the data by their standard deviation")
            yield (
                f"the values of '{domain.name}' are large (1 in 100 is beyond ±{largest:.3g}), while networks start "
                f"with weights for values of about 1: {remedy}"
            )


@CHECKS.register("narrow-pixels", of_data=True)
def narrow_pixels(experiment: Experiment, dataset: Dataset) -> Findings:
    """The images use few of the 256 values of a pixel, so that they look black, or all alike."""
    for domain in _domains(dataset):
        if domain.samples.dtype != np.uint8:
            continue
        pixels = _some(domain)
        low, high = int(pixels.min()), int(pixels.max())
        if high - low < NARROW:
            remedy = domain.remedies.get("values", "scale them to 0 … 255")
            yield (
                f"the pixels of '{domain.name}' run from {low} to {high} of 0 to 255, so the images look all alike: if "
                f"they hold fewer bits, or classes, {remedy}"
            )


@CHECKS.register("unused-classes", of_data=True)
def unused_classes(experiment: Experiment, dataset: Dataset) -> Findings:
    """Some classes have no sample: labels that begin at 1, or have gaps."""
    if dataset.labels is None or dataset.classes is None:
        return
    empty = np.flatnonzero(np.bincount(dataset.labels, minlength=dataset.classes) == 0)
    if len(empty):
        inputs = [input_spec for plan in experiment.plans.values() for input_spec in plan.inputs.values()]
        reads_labels = any(input_spec.kind == "label" for input_spec in inputs)
        who = "the generator is asked for" if reads_labels else "an evaluation counts"
        named = ", ".join(map(str, empty[:MOST_NAMED])) + (", …" if len(empty) > MOST_NAMED else "")
        remedy = dataset.remedies.get("labels", "number them 0, 1, 2 … without gaps")
        yield (
            f"{len(empty)} of the {dataset.classes} classes of '{dataset.name}' have no sample: {named}; "
            f"{labels_found(dataset)}, and {who} every class up to the largest: {remedy}"
        )


def labels_found(dataset: Dataset) -> str:
    """Return in words from where to where labels run, and how many there are: "labels run from 1 to 10"."""
    if dataset.labels is None:
        return "there are no labels"
    count, low, high = len(np.unique(dataset.labels)), int(dataset.labels.min()), int(dataset.labels.max())
    gaps = f" ({count} different ones)" if count <= high - low else ""
    return f"labels run from {low} to {high}{gaps}"


@CHECKS.register("sorted-data", of_data=True)
def sorted_data(experiment: Experiment, dataset: Dataset) -> Findings:
    """The data are sorted by class and taken in that order, so that a batch is all of one class."""
    labels = dataset.labels
    if experiment.training.order != "sequential" or labels is None or len(np.unique(labels)) < 2:
        return
    if (np.diff(labels) >= 0).all():
        yield (
            f"the samples of '{dataset.name}' stand in the order of their {len(np.unique(labels))} classes, and "
            'training.order = "sequential" takes them so, a class after the other: set training.order to "shuffled"'
        )


@CHECKS.register("short-epochs", of_data=True)
def short_epochs(experiment: Experiment, dataset: Dataset) -> Findings:
    """Sheets, checkpoints or scores come every so many epochs, and an epoch of these data is a few batches."""
    batches = max(1, len(dataset) // experiment.training.batch_size)
    for name in ("sampling", "checkpoint", "evaluation"):
        every = getattr(experiment, name).every_epochs
        if every is not None and every * batches < SHORT <= experiment.training.steps:
            yield (
                f"{name}.every_epochs = {every:g}: an epoch of '{dataset.name}' is {batches} batches, so that the "
                f"training stops for it all the time; set {name}.every_steps to a few hundred"
            )


def _domains(dataset: Dataset) -> list[Dataset]:
    return [dataset, *([dataset.second_domain] if dataset.second_domain is not None else [])]
