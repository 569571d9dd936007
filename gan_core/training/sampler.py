"""Sampling: new samples of networks in evaluation mode, with nothing that only a training needs."""

from collections.abc import Callable, Iterator, Mapping
from itertools import cycle
from typing import Any

import numpy as np

from gan_core import randomness
from gan_core.contract.backend import Backend, Call, CompiledUnit, NativeNetwork
from gan_core.data.dataset import Dataset
from gan_core.experiments.domain_shapes import data_input
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.translations import input_domain, way_back
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
        """Return the samples of the run's sheets, [rows · columns, *shape]; see `translation_sheet` for those."""
        sampling = self.experiment.sampling
        if self.shows_translations:
            return self.translation_sheet(sampling.rows, sampling.columns, "sheet")
        count = sampling.rows * sampling.columns
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

    @property
    def shows_translations(self) -> bool:
        """Whether what the sampling networks read can stand above what they make: images of one size."""
        shape = self.experiment.sample_shape
        plans = [self.experiment.plans[network] for network in self.experiment.sampled]
        shapes = [plan.inputs[name].shape for plan in plans if (name := data_input(plan))]
        alike = all(one == shape or (one[0] == 1 and one[1:] == shape[1:]) for one in shapes)
        return len(shapes) == len(plans) and alike and self.dataset.kind == "image"

    def translation_sheet(self, rows: int, columns: int, purpose: str) -> np.ndarray:
        """Return real images and their translations, [rows · columns, *shape], in bands as `translated` has them.

        The networks take turns from band to band; the last one may be cut off. purpose: the name of the random stream
        that chooses the images: the same name, the same images.
        """
        networks = self.experiment.sampled
        bands: list[str] = []
        heights = {network: 3 if way_back(self.experiment, network) else 2 for network in networks}
        for network in cycle(networks):
            if sum(heights[band] for band in bands) >= rows:
                break
            bands.append(network)
        lines: dict[str, Iterator[np.ndarray]] = {}
        for network in dict.fromkeys(bands):
            name = data_input(self.experiment.plans[network]) or ""
            stream = f"{purpose}/{name}" if len(networks) == 1 else f"{purpose}/{network}/{name}"
            inputs = self.sampling_inputs(network, bands.count(network) * columns, stream, None)
            lines[network] = self.translated(network, inputs, columns)
        return np.concatenate([next(lines[band]) for band in bands for _ in range(heights[band])][:rows])

    def translated(self, network: str, inputs: Mapping[str, np.ndarray], columns: int) -> Iterator[np.ndarray]:
        """Yield rows [columns, *shape]: what a network reads, what it makes of that, and the way back, then the next.

        The way back is what the network that leads back makes of the translations, if there is one (`way_back`).
        inputs: of the network, by name, [N, …]. A last row is filled up with the least value of the data.
        """
        plans, made = self.experiment.plans, self.generate(network, inputs)
        stages = [inputs[data_input(plans[network]) or ""], made]
        if back := way_back(self.experiment, network):
            stages.append(self.generate(back, {data_input(plans[back]) or "": made}))
        for start in range(0, len(made), columns):
            for stage in stages:
                row = np.full((columns, *self.experiment.sample_shape), self.dataset.value_range[0], self.dtype)
                part = stage[start : start + columns]
                row[: len(part)] = part  # a single channel is repeated to fill all
                yield row


def _sampling_function(network: NativeNetwork) -> Callable[[Mapping[str, Any]], dict[str, Array]]:
    call = Call(training=False, weights=None, keep_mask=None)
    return lambda inputs: {"samples": network(inputs, call)}
