"""Networks that make samples of samples (CycleGAN's generators): which domain of the data they read, which they make.

A phase's objective says so (`Objective.translations`); an average of a network reads what the network reads.
"""

from typing import TYPE_CHECKING

from gan_core.data.dataset import Dataset
from gan_core.errors import DataError
from gan_core.objectives.base import Translation
from gan_core.shapes import Plan, Shape

if TYPE_CHECKING:
    from gan_core.experiment import Experiment  # which asks the checks, which ask this


def data_input(plan: Plan) -> str | None:
    """Return the input by which a network reads samples, or None for one that starts from latents."""
    return next((name for name, given in plan.inputs.items() if given.kind == "data"), None)


def translation_of(experiment: "Experiment", network: str) -> Translation | None:
    """Return what the phases' objectives say of a network, or of the one it is an average of."""
    own = experiment.averages[network].of if network in experiment.averages else network
    told = (phase.objective.translations() for phase in experiment.phases)
    return next((translations[own] for translations in told if own in translations), None)


def domain_read(experiment: "Experiment", dataset: Dataset, network: str) -> Dataset:
    """Return the domain that a network reads. Raises `DataError` where nothing says which of two."""
    translation = translation_of(experiment, network)
    if translation is None:
        _check_one_domain(experiment, dataset, network)
    return _domain(dataset, "real" if translation is None else translation.reads)


def domain_made(experiment: "Experiment", dataset: Dataset, network: str) -> Dataset:
    """Return the domain whose samples a network's are like: the first, unless it translates into the second."""
    translation = translation_of(experiment, network)
    return _domain(dataset, "real" if translation is None else translation.makes)


def domain_shapes(experiment: "Experiment") -> dict[str, Shape]:
    """Return the shape of a sample of each domain, "real" and "other", as far as the networks tell."""
    shapes = {"real": experiment.sample_shape, "other": experiment.sample_shape}
    for phase in experiment.phases:
        for network, translation in phase.objective.translations().items():
            plan = experiment.plans[network]
            shapes[translation.makes] = plan.output_shape
            if read := data_input(plan):
                shapes[translation.reads] = plan.inputs[read].shape
    return shapes


def check_domains(experiment: "Experiment", dataset: Dataset) -> None:
    """Raise `DataError` unless each network of the sheets reads, and makes, samples of the data's shapes."""
    for network in experiment.sampled:
        plan, made = experiment.plans[network], domain_made(experiment, dataset, network)
        if plan.output_shape != made.shape:
            raise DataError(
                f"network '{network}' makes samples of shape {list(plan.output_shape)}, "
                f"but '{made.name}' holds {list(made.shape)}"
            )
        for given in plan.inputs.values():
            if given.kind == "data" and given.shape != (read := domain_read(experiment, dataset, network)).shape:
                raise DataError(
                    f"sampling.network: '{network}' reads data of shape {list(given.shape)}, but '{read.name}' holds "
                    f"{list(read.shape)}; choose a network that starts from latents or from samples"
                )


def _check_one_domain(experiment: "Experiment", dataset: Dataset, network: str) -> None:
    if dataset.other is not None:
        raise DataError(
            f"sampling.network: '{network}' reads samples, and no phase's objective says of which domain of "
            f"'{dataset.name}'; choose another network, or define `translations` in the objective"
        )


def _domain(dataset: Dataset, which: str) -> Dataset:
    return dataset if which == "real" or dataset.other is None else dataset.other
