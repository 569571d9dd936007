"""The fit of data and experiment: whether the data are what the networks make, read and label."""

from gan_core.data.dataset import Dataset
from gan_core.errors import DataError
from gan_core.experiments.checks.data import labels_found
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.translations import check_domains


def check_data(experiment: Experiment, dataset: Dataset) -> None:
    """Raise `DataError` unless the networks make, and label, what this data set holds."""
    draws = [draw for phase in experiment.phases for draw in phase.objective.draws(experiment.plans).values()]
    reads_second = any(draw.domain == "second" for draw in draws)
    if dataset.second_domain is not None and not reads_second:
        raise DataError(f"'{dataset.name}' holds two domains, but no phase of '{experiment.name}' reads the second")
    if dataset.second_domain is None and reads_second:
        raise DataError(
            f"'{experiment.name}' reads two domains, but '{dataset.name}' is one; expected data of the type "
            "unpaired_folders or grey_and_colour"
        )
    check_domains(experiment, dataset)
    for name, plan in experiment.plans.items():
        for spec in plan.inputs.values():
            if spec.kind == "label" and dataset.labels is None:
                raise DataError(f"network '{name}' reads labels, but '{dataset.name}' has none")
            if spec.kind == "label" and spec.classes != dataset.classes:
                raise DataError(
                    f"network '{name}' expects {spec.classes} classes, but '{dataset.name}' has "
                    f"{dataset.classes_in_words}: {labels_found(dataset)}; they are counted from 0"
                )
