"""Sampling: new samples of networks, with nothing that only a training needs; in evaluation mode unless asked."""

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import numpy as np

from gan_core import randomness
from gan_core.contract.backend import Backend, Call, CompiledUnit, NativeNetwork
from gan_core.data.dataset import Dataset
from gan_core.errors import UsageError
from gan_core.experiments.domain_shapes import data_input
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.translations import input_domain, way_back
from gan_core.operations.ops import Array, Ops
from gan_core.operations.random_bits import keep_mask
from gan_core.plans.plans import refuse_single_values
from gan_core.specs.networks import condition_of
from gan_core.training.given_inputs import Given

SAMPLE_CHUNK = 250  # samples that are generated at once
MASK_KEY = "masks/"  # the input of a unit from which dropout draws; no network's input has such a name


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
        self.mode, self.purpose = "evaluation", ""
        self.given: Given = {}
        self._compiled: dict[tuple[str, str, str], CompiledUnit] = {}

    def in_mode(self, mode: str, purpose: str) -> "Sampler":
        """Return a sampler of the same networks that calls them in a mode, "evaluation" or "training".

        In training mode batch norm takes the statistics of the samples that are made together, of up to 250 in even
        shares, and dropout drops; running statistics stay as they are. purpose: the name of the random stream of
        dropout's masks: the same name and network, the same masks.
        """
        other = copy.copy(self)
        other.mode, other.purpose = mode, purpose
        return other

    def with_given(self, given: Given) -> "Sampler":
        """Return a sampler of the same networks that reads given values for some inputs in place of drawn ones.

        given: as `given_inputs.given_inputs` returns them.
        """
        other = copy.copy(self)
        other.given = given
        return other

    def sheet(self) -> np.ndarray:
        """Return the samples of the run's sheets, [rows · columns, *shape], in the mode that they have there.

        For translations see `translation_sheet`.
        """
        sampling = self.experiment.sampling
        sampler = self.in_mode(sampling.mode, "sheet")
        if self.shows_translations:
            return sampler.translation_sheet(sampling.rows, sampling.columns, "sheet")
        count = sampling.rows * sampling.columns
        return sampler.sample(count, "sheet", np.repeat(np.arange(sampling.rows), sampling.columns))

    def sample(self, count: int, purpose: str, label: np.ndarray | None) -> np.ndarray:
        """Return `count` samples [count, *shape] of the sampling networks; several take turns.

        purpose: the name of the random stream of the latents: the same name gives the same samples.
        label: the class of each sample, integers [count], for networks with labels or a one-hot condition (modulo its
            classes); None to draw them.
        """
        samples = np.empty((count, *self.experiment.sample_shape), self.dtype)
        for network, places, inputs in self.turns(count, purpose, label):
            samples[places] = self.generate(network, inputs)
        return samples

    def turns(
        self, count: int, purpose: str, label: np.ndarray | None
    ) -> Iterator[tuple[str, slice, dict[str, np.ndarray]]]:
        """Yield each sampling network that makes some of `count` samples, their places, and the inputs by name.

        purpose, label: as in `sample`.
        """
        networks = self.experiment.sampled
        for turn, network in enumerate(networks):
            places = slice(turn, None, len(networks))
            stream = purpose if len(networks) == 1 else f"{purpose}/{network}"
            labels = None if label is None else label[places]
            if share := len(range(count)[places]):
                yield network, places, self.sampling_inputs(network, share, stream, labels)

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
            if name in self.given:
                inputs[name] = np.repeat(self.given[name][None], count, axis=0)
            elif spec.field:
                inputs[name] = self.dataset.take_field(spec.field, self._positions(count, purpose), self.dtype)
            elif spec.kind == "data":
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

    def _positions(self, count: int, purpose: str) -> np.ndarray:
        """The positions [count] of the samples whose fields a network reads: shuffled, the same for all its fields."""
        order = randomness.stream(self.experiment.training.seed, f"{purpose}/fields").permutation(len(self.dataset))
        return order[np.arange(count) % len(order)]

    def pairs(self, network: str, count: int, purpose: str) -> np.ndarray | None:
        """Return the real samples [count, *shape] whose fields `sampling_inputs` gives a network to read.

        None for a network that reads no fields. purpose: as in `sample`.
        """
        if not any(spec.field for spec in self.experiment.plans[network].inputs.values()):
            return None
        return self.dataset.take(self._positions(count, purpose), self.dtype)

    def generate(self, network: str, inputs: Mapping[str, np.ndarray], output: str = "") -> np.ndarray:
        """Return a network's outputs [N, …] for inputs of any number N, made in parts.

        output: the name of one of its outputs, by default the first. Raises `SpecError` for a single sample in training
        mode whose batch norm would see one value a channel.
        """
        unit = self._unit(network, output or self.experiment.plans[network].output)
        count = len(next(iter(inputs.values())))
        if self.mode == "training" and count == 1:
            refuse_single_values({network: self.experiment.plans[network]}, "in mode=training make two samples or more")
        chunks = []
        for number, (start, end) in enumerate(self._parts(count)):
            part: dict[str, Any] = {name: value[start:end] for name, value in inputs.items()}
            if self.mode == "training":
                stream = f"{self.purpose}/{network}/masks"
                part[MASK_KEY] = randomness.mask_key(self.experiment.training.seed, stream, 0, number)
            chunks.append(np.array(self.backend.to_numpy(unit(part)["samples"])))
        return np.concatenate(chunks)

    def _parts(self, count: int) -> list[tuple[int, int]]:
        """The first of each part and the one after its last; in training mode parts are even, since they matter."""
        number = -(-count // SAMPLE_CHUNK)
        if self.mode == "training":
            return [(part * count // number, (part + 1) * count // number) for part in range(number)]
        return [(start, start + SAMPLE_CHUNK) for start in range(0, count, SAMPLE_CHUNK)]

    def _unit(self, network: str, output: str) -> CompiledUnit:
        key = (network, output, self.mode)
        if key not in self._compiled:
            in_training = self.mode == "training"
            native = _OneOutput(self.networks[network], output)
            function = _training_function(native, self.backend.ops) if in_training else _sampling_function(native)
            function.__name__ = f"the sampling of '{network}'"
            self._compiled[key] = self.backend.compile(function, [self.experiment.plans[network]])
        return self._compiled[key]

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
        heights = {network: 3 if self._has_third_row(network) else 2 for network in networks}
        for network in cycle(networks):
            if sum(heights[band] for band in bands) >= rows:
                break
            bands.append(network)
        lines: dict[str, Iterator[np.ndarray]] = {}
        for network in dict.fromkeys(bands):
            name = data_input(self.experiment.plans[network]) or ""
            stream = f"{purpose}/{name}" if len(networks) == 1 else f"{purpose}/{network}/{name}"
            count = bands.count(network) * columns
            inputs = self.sampling_inputs(network, count, stream, None)
            lines[network] = self.translated(network, inputs, columns, self.pairs(network, count, stream))
        return np.concatenate([next(lines[band]) for band in bands for _ in range(heights[band])][:rows])

    def _has_third_row(self, network: str) -> bool:
        """Whether a translation of a network has something to stand below it: the way back, or the real one."""
        reads_fields = any(spec.field for spec in self.experiment.plans[network].inputs.values())
        return reads_fields or way_back(self.experiment, network) is not None

    def translated(
        self, network: str, inputs: Mapping[str, np.ndarray], columns: int, truth: np.ndarray | None = None
    ) -> Iterator[np.ndarray]:
        """Yield rows [columns, *shape]: what a network reads, what it makes of that, and a third row, then the next.

        The third row is `truth`, the real samples [N, *shape] of pairs, or the way back, which is what the network that
        leads back makes of the translations (`way_back`); without either there is none. inputs: of the network, by
        name, [N, …]. A last row is filled up with the least value of the data.
        """
        plans, made = self.experiment.plans, self.generate(network, inputs)
        stages = [inputs[data_input(plans[network]) or ""], made]
        if truth is not None:
            stages.append(truth)
        elif back := way_back(self.experiment, network):
            stages.append(self.generate(back, {data_input(plans[back]) or "": made}))
        for start in range(0, len(made), columns):
            for stage in stages:
                row = np.full((columns, *self.experiment.sample_shape), self.dataset.value_range[0], self.dtype)
                part = stage[start : start + columns]
                row[: len(part)] = part  # a single channel is repeated to fill all
                yield row


def checked_mode(mode: str | None, default: str) -> str:
    """Return the mode that is asked for, or the default for None. Raises `UsageError` for a word that is none."""
    if mode not in (None, "evaluation", "training"):
        raise UsageError(f"mode={mode}: expected evaluation or training")
    return mode or default


@dataclass(frozen=True)
class _OneOutput:
    """One output of a network, by its name."""

    network: NativeNetwork
    output: str

    def __call__(self, inputs: Mapping[str, Any], call: Call) -> Array:
        if self.output == self.network.plan.output:
            return self.network(inputs, call)
        return self.network.outputs(inputs, call)[self.output]


def _sampling_function(network: _OneOutput) -> Callable[[Mapping[str, Any]], dict[str, Array]]:
    call = Call(training=False, weights=None, keep_mask=None)
    return lambda inputs: {"samples": network(inputs, call)}


def _training_function(one: _OneOutput, ops: Ops) -> Callable[[Mapping[str, Any]], dict[str, Array]]:
    """The network in training mode, called with its weights as ones from outside: then no running statistics move."""

    def samples(inputs: Mapping[str, Any]) -> dict[str, Array]:
        def mask(layer: str, shape: tuple[int, ...], rate: float) -> Array:
            return keep_mask(ops, inputs[MASK_KEY], f"{one.network.plan.name}/{layer}", shape, rate)

        read = {name: value for name, value in inputs.items() if name != MASK_KEY}
        return {"samples": one(read, Call(training=True, weights=one.network.weights(), keep_mask=mask))}

    return samples
