"""Networks that make samples of samples (CycleGAN's generators): the domain of the data of their inputs and outputs.

A phase's objective says it (`Objective.translations`), or it follows from the draw that the phases feed the network. An
average of a network reads what the network reads.
"""

import msgspec

from gan_core.data.dataset import Dataset
from gan_core.errors import DataError
from gan_core.experiments.cost import draws_fed
from gan_core.experiments.experiment import Experiment
from gan_core.objectives.base import Translation
from gan_core.objectives.draws import Domain


def translation_of(experiment: Experiment, network: str) -> Translation | None:
    """Return the translation that a network makes by its phases' objectives, or None where they say nothing."""
    source = _source(experiment, network)
    tables = (phase.objective.translations() for phase in experiment.phases)
    return next((table[source] for table in tables if source in table), None)


def way_back(experiment: Experiment, network: str) -> str | None:
    """Return the network that leads a network's translations back to the domain they came from, or None.

    It is another of the same objective, which reads nothing but what the network makes; of an average it is an average
    too, if there is one.
    """
    source = _source(experiment, network)
    for table in (phase.objective.translations() for phase in experiment.phases):
        there = table.get(source)
        for name, back in table.items() if there else ():
            inputs = experiment.plans[name].inputs.values()
            leads_back = there == Translation(reads=back.makes, makes=back.reads)
            if leads_back and name != source and all(spec.kind == "data" for spec in inputs):
                averages = (key for key, average in experiment.averages.items() if average.of == name)
                return next(averages, name) if network in experiment.averages else name
    return None


def sampling_from(experiment: Experiment, network: str | tuple[str, ...] | None) -> Experiment:
    """Return an experiment whose samples are made by other networks, or itself for None. Raises `SpecError`."""
    if network is None:
        return experiment
    sampling = msgspec.structs.replace(experiment.sampling, network=network)
    return msgspec.structs.replace(experiment, sampling=sampling)


def sheet_networks(experiment: Experiment) -> tuple[str, ...]:
    """Return the networks that sheets need: those of its chains, and those that lead translations back."""
    backs = (way_back(experiment, network) for network in experiment.sampled)
    rest = (network for chain in experiment.chains.values() for network in chain)
    return tuple(dict.fromkeys([*experiment.sampled, *rest, *(back for back in backs if back)]))


def input_domain(experiment: Experiment, dataset: Dataset, network: str) -> Dataset:
    """Return the domain whose samples a network reads. Raises `DataError` where nothing says which of two."""
    if dataset.second_domain is None:
        return dataset
    if translation := translation_of(experiment, network):
        return _domain(dataset, translation.reads)
    domains = _domains_fed(experiment, network)
    if len(domains) != 1:
        raise DataError(
            f"sampling.network: '{network}' reads samples, and no phase's objective says of which domain of "
            f"'{dataset.name}'; choose another network, or define `translations` in the objective"
        )
    return _domain(dataset, domains.pop())


def output_domain(experiment: Experiment, dataset: Dataset, network: str) -> Dataset:
    """Return the domain whose samples a network makes: the first, unless it translates into the second."""
    if translation := translation_of(experiment, network):
        return _domain(dataset, translation.makes)
    fits = experiment.plans[experiment.last_of(network)].output_shape == dataset.shape
    return dataset if fits or dataset.second_domain is None else dataset.second_domain


def check_domains(experiment: Experiment, dataset: Dataset) -> None:
    """Raise `DataError` unless each network of the sheets reads, and makes, samples of the data's shapes."""
    for network in experiment.sampled:
        plan, output = experiment.plans[network], output_domain(experiment, dataset, network)
        if (made := experiment.plans[experiment.last_of(network)].output_shape) != output.shape:
            raise DataError(
                f"network '{experiment.last_of(network)}' makes samples of shape {list(made)}, "
                f"but '{output.name}' holds {list(output.shape)}"
            )
        for spec in plan.inputs.values():
            if (
                spec.kind == "data"
                and not spec.field
                and spec.shape != (domain := input_domain(experiment, dataset, network)).shape
            ):
                raise DataError(
                    f"sampling.network: '{network}' reads data of shape {list(spec.shape)}, but '{domain.name}' holds "
                    f"{list(domain.shape)}; choose a network that starts from latents or from samples"
                )


def _source(experiment: Experiment, network: str) -> str:
    """The network itself, or the one that it is an average of."""
    return experiment.averages[network].of if network in experiment.averages else network


def _domains_fed(experiment: Experiment, network: str) -> set[Domain]:
    """The domains whose samples, as they are drawn, phases feed a network."""
    source = _source(experiment, network)
    fed = (draw for name, _, draw in draws_fed(experiment) if name == source and draw)
    return {draw.domain for draw in fed if draw.domain}


def _domain(dataset: Dataset, domain: Domain) -> Dataset:
    return dataset if domain == "first" or dataset.second_domain is None else dataset.second_domain
