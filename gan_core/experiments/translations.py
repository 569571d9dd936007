"""Networks that make samples of samples (CycleGAN's generators): which domain of the data they read, which they make.

A phase's objective says so (`Objective.translations`), or it follows from which draw the phases feed the network; an
average of a network reads what the network reads.
"""

from gan_core.data.dataset import Dataset
from gan_core.errors import DataError
from gan_core.experiments.cost import draws_fed
from gan_core.experiments.experiment import Experiment
from gan_core.objectives.base import Translation

DOMAINS = ("real", "other")


def translation_of(experiment: Experiment, network: str) -> Translation | None:
    """Return what the phases' objectives say of a network, or of the one it is an average of."""
    own = experiment.averages[network].of if network in experiment.averages else network
    told = (phase.objective.translations() for phase in experiment.phases)
    return next((translations[own] for translations in told if own in translations), None)


def domain_read(experiment: Experiment, dataset: Dataset, network: str) -> Dataset:
    """Return the domain that a network reads. Raises `DataError` where nothing says which of two."""
    if dataset.second_domain is None:
        return dataset
    if translation := translation_of(experiment, network):
        return _domain(dataset, translation.reads)
    fed = _fed(experiment, network)
    if len(fed) != 1:
        raise DataError(
            f"sampling.network: '{network}' reads samples, and no phase's objective says of which domain of "
            f"'{dataset.name}'; choose another network, or define `translations` in the objective"
        )
    return _domain(dataset, fed.pop())


def domain_made(experiment: Experiment, dataset: Dataset, network: str) -> Dataset:
    """Return the domain whose samples a network's are like: the first, unless it translates into the second."""
    if translation := translation_of(experiment, network):
        return _domain(dataset, translation.makes)
    fits = experiment.plans[network].output_shape == dataset.shape
    return dataset if fits or dataset.second_domain is None else dataset.second_domain


def check_domains(experiment: Experiment, dataset: Dataset) -> None:
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


def _fed(experiment: Experiment, network: str) -> set[str]:
    """The domains whose samples, as they are drawn, phases feed a network."""
    own = experiment.averages[network].of if network in experiment.averages else network
    return {draw.kind for place, _, draw in draws_fed(experiment) if place == own and draw and draw.kind in DOMAINS}


def _domain(dataset: Dataset, which: str) -> Dataset:
    return dataset if which == "real" or dataset.second_domain is None else dataset.second_domain
