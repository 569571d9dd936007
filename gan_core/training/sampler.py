"""Sampling: new samples of networks in evaluation mode, with nothing that only a training needs."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gan_core import randomness
from gan_core.contract.backend import Backend, Call, CompiledUnit, NativeNetwork
from gan_core.data.dataset import Dataset
from gan_core.experiments.domain_shapes import data_input
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.translations import input_domain
from gan_core.operations.ops import Array
from gan_core.specs.networks import condition_of

SAMPLE_CHUNK = 250  # samples that are generated at once


class Sampler:
    """Draws samples from an experiment's networks, as they are at the time of the call.

    dataset: the data, for networks that translate samples, and for the kind of sheet.
    networks: the networks of `Experiment.sampled` by name, and any others to call `generate` with.
    """

    def __init__(
        self, experiment: Experiment, backend: Backend, dataset: Dataset, networks: Mapping[str, NativeNetwork]
    ) -> None:
        self.experiment, self.backend, self.dataset, self.networks = experiment, backend, dataset, networks
        self.dtype = np.dtype(experiment.training.dtype)
        self._compiled: dict[str, CompiledUnit] = {}

    def sheet(self) -> np.ndarray:
        """Return the samples of the run's sheets, [rows · columns, *shape]; a translation stands beside its input."""
        sampling = self.experiment.sampling
        count = sampling.rows * sampling.columns
        if self._shows_pairs():
            return self._pairs(-(-count // 2))[:count]
        return self.sample(count, "sheet", np.repeat(np.arange(sampling.rows), sampling.columns))

    def sample(self, count: int, purpose: str, label: np.ndarray | None) -> np.ndarray:
        """Return `count` samples [count, *shape] of the sampling networks; several take turns.

        purpose: the name of the random stream of the latents: the same name gives the same samples.
        label: the class of each sample, integers [count], for networks with labels or a one-hot condition (modulo its
            classes); None to draw them.
        """
        networks = self.experiment.sampled
        samples = np.empty((count, *self.experiment.sample_shape), self.dtype)
        for turn, network in enumerate(networks):
            share = len(range(turn, count, len(networks)))
            stream = purpose if len(networks) == 1 else f"{purpose}/{network}"
            labels = None if label is None else label[turn :: len(networks)]
            if share:
                inputs = self.sampling_inputs(network, share, stream, labels)
                samples[turn :: len(networks)] = self.generate(network, inputs)
        return samples

    def sampling_inputs(
        self, network: str, count: int, purpose: str, label: np.ndarray | None
    ) -> dict[str, np.ndarray]:
        """Return the inputs by which a network makes `count` samples, by name; purpose, label: as in `sample`.

        Samples to translate are real ones of the domain that the network reads, shuffled.
        """
        inputs: dict[str, np.ndarray] = {}
        specs = self.experiment.plans[network].inputs
        condition = condition_of(specs)
        for name, spec in specs.items():
            generator = randomness.stream(self.experiment.training.seed, f"{purpose}/{name}")
            if spec.kind == "data":
                domain = input_domain(self.experiment, self.dataset, network)
                order = generator.permutation(len(domain))
                inputs[name] = domain.take(order[np.arange(count) % len(order)], self.dtype)
            elif spec.kind == "label":
                drawn = randomness.labels(generator, spec.classes or 1, count)
                inputs[name] = drawn if label is None else label % (spec.classes or 1)
            elif name == condition and label is not None:
                inputs[name] = randomness.one_hot(label % spec.shape[0], spec)
            else:
                inputs[name] = randomness.latents(generator, spec, count)
        return inputs

    def generate(self, network: str, inputs: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return a network's outputs [N, …] in evaluation mode for inputs of any number N, in chunks."""
        unit = self._unit(network)
        count = len(next(iter(inputs.values())))
        chunks = []
        for start in range(0, count, SAMPLE_CHUNK):
            part = {name: value[start : start + SAMPLE_CHUNK] for name, value in inputs.items()}
            chunks.append(np.array(self.backend.to_numpy(unit(part)["samples"])))
        return np.concatenate(chunks)

    def _unit(self, network: str) -> CompiledUnit:
        if network not in self._compiled:
            function = _sampling_function(self.networks[network])
            function.__name__ = f"the sampling of '{network}'"
            self._compiled[network] = self.backend.compile(function, [self.experiment.plans[network]])
        return self._compiled[network]

    def _shows_pairs(self) -> bool:
        """Whether what the sampling networks read can stand beside what they make: images of one size."""
        shape = self.experiment.sample_shape
        plans = [self.experiment.plans[network] for network in self.experiment.sampled]
        shapes = [plan.inputs[name].shape for plan in plans if (name := data_input(plan))]
        alike = all(one == shape or (one[0] == 1 and one[1:] == shape[1:]) for one in shapes)
        return len(shapes) == len(plans) and alike and self.dataset.kind == "image"

    def _pairs(self, count: int) -> np.ndarray:
        """Images and their translations in turn, [2 · count, *shape]; networks take turns too."""
        networks = self.experiment.sampled
        pairs = np.empty((count, 2, *self.experiment.sample_shape), self.dtype)
        for turn, network in enumerate(networks):
            input_name = data_input(self.experiment.plans[network]) or ""
            purpose = f"sheet/{input_name}" if len(networks) == 1 else f"sheet/{network}/{input_name}"
            if share := len(range(turn, count, len(networks))):
                inputs = self.sampling_inputs(network, share, purpose, None)
                pairs[turn :: len(networks), 0] = inputs[input_name]  # a single channel is repeated to fill all
                pairs[turn :: len(networks), 1] = self.generate(network, inputs)
        return np.asarray(pairs.reshape(-1, *self.experiment.sample_shape))


def _sampling_function(network: NativeNetwork) -> Callable[[Mapping[str, Any]], dict[str, Array]]:
    call = Call(training=False, weights=None, keep_mask=None)
    return lambda inputs: {"samples": network(inputs, call)}
