"""The fit of data and experiment: whether the data are what the networks make, read and label."""

from gan_core.data.dataset import Dataset
from gan_core.errors import DataError, SpecError
from gan_core.experiments.checks.data import labels_found
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.translations import check_domains
from gan_core.plans.plans import refuse_single_values


def check_data(experiment: Experiment, dataset: Dataset) -> None:
    """Raise `DataError` unless the networks make, and label, what this data set holds."""
    draws = [draw for phase in experiment.phases for draw in experiment.draws_of(phase).values()]
    reads_second = any(draw.domain == "second" for draw in draws)
    if dataset.second_domain is not None and not reads_second:
        raise DataError(f"'{dataset.name}' holds two domains, but no phase of '{experiment.name}' reads the second")
    if dataset.second_domain is None and reads_second:
        raise DataError(
            f"'{experiment.name}' reads two domains, but '{dataset.name}' is one; expected data of the type "
            "unpaired_folders, grey_and_colour, plain_and_changed or labelled_part"
        )
    check_domains(experiment, dataset)
    _check_last_batch(experiment, dataset)
    for name, plan in experiment.plans.items():
        for spec in plan.inputs.values():
            if spec.field and spec.shape != (shape := dataset.field_shape(spec.field)):
                raise DataError(
                    f"network '{name}' reads the field '{spec.field}' with the shape {list(spec.shape)}, but in "
                    f"'{dataset.name}' it has the shape {list(shape)}"
                )
            if spec.kind == "label" and dataset.labels is None:
                raise DataError(f"network '{name}' reads labels, but '{dataset.name}' has none")
            if spec.kind == "label" and spec.classes != dataset.classes:
                raise DataError(
                    f"network '{name}' expects {spec.classes} classes, but '{dataset.name}' has "
                    f"{dataset.classes_in_words}: {labels_found(dataset)}; they are counted from 0; "
                    f"make the network for as many, of a preset by classes={dataset.classes}"
                )


def _check_last_batch(experiment: Experiment, dataset: Dataset) -> None:
    """Raise `DataError` for an incomplete batch that is kept and that the experiment cannot train on."""
    training = experiment.training
    if training.last_batch == "drop":
        return
    if dataset.second_domain is not None:
        raise DataError("training.last_batch=keep: two domains need batches of one size; leave it at drop")
    rest = len(dataset) % training.batch_size
    if rest == 0:
        return
    try:
        for phase in experiment.phases:
            phase.objective.check_batch(rest)
        if rest == 1:
            refuse_single_values(experiment.plans, "raise training.batch_size above 1")
    except SpecError as error:
        raise DataError(
            f"training.last_batch=keep leaves a last batch of {rest} out of {len(dataset)} samples: {error}"
        ) from None
