"""Sampling: new samples of networks, with nothing that only a training needs; in evaluation mode unless asked.

Where several workers train together, each samples by itself.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from gan_core import randomness
from gan_core.contract.backend import Backend, Call, CompiledUnit, NativeNetwork
from gan_core.data.dataset import Dataset
from gan_core.errors import UsageError
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.translations import input_domain
from gan_core.live_lines import counted
from gan_core.operations.ops import Array, Ops
from gan_core.operations.random_bits import CallRandom
from gan_core.operations.workers import alone
from gan_core.plans.plans import refuse_single_values
from gan_core.specs.networks import Input, condition_of
from gan_core.training.given_inputs import Given
from gan_core.training.translation_sheets import Beside, beside, shown_shape, translation_sheet

SAMPLE_CHUNK = 250  # samples that are generated at once
LEAST_TRUNCATION = 0.01  # a hundred draws for each number that is kept
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
        self.latent_truncation: float | None = None
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

    def truncated(self, latent_truncation: float | None) -> "Sampler":
        """Return a sampler of the same networks whose normal latents all lie within a bound, None for no bound.

        Values beyond it are drawn anew: nearer to the middle samples are better and more alike. Raises `UsageError`
        for a bound that leaves hardly anything, and for networks without such latents.
        """
        if latent_truncation is not None:
            names = self.experiment.sampled
            specs = [spec for name in names for spec in self.experiment.plans[name].inputs.values()]
            if not LEAST_TRUNCATION <= latent_truncation < np.inf:
                raise UsageError(f"latent_truncation={latent_truncation}: expected {LEAST_TRUNCATION} or more")
            if not any(spec.kind == "latent" and spec.distribution == "normal" for spec in specs):
                raise UsageError(
                    f"latent_truncation={latent_truncation}: {' and '.join(names)} read no normal latents, which have "
                    "no bound otherwise"
                )
        other = copy.copy(self)
        other.latent_truncation = latent_truncation
        return other

    def sheet(self) -> np.ndarray:
        """Return the samples of the run's sheets, [rows · columns, *shape], in the mode that they have there.

        For translations see `translation_sheets`.
        """
        sampling = self.experiment.sampling
        sampler = self.in_mode(sampling.mode, "sheet")
        if self.shows_translations:
            return translation_sheet(sampler, sampling.rows, sampling.columns, "sheet")
        count = sampling.rows * sampling.columns
        return sampler.sample(count, "sheet", np.repeat(np.arange(sampling.rows), sampling.columns))

    def sample(self, count: int, purpose: str, label: np.ndarray | None) -> np.ndarray:
        """Return `count` samples [count, *shape] of the sampling networks; several take turns.

        purpose: the name of the random stream of the latents: the same name gives the same samples.
        label: the class of each sample, integers [count], for networks with labels or a one-hot condition (modulo its
            classes); None to draw them.
        """
        samples = np.empty((count, *self.experiment.sample_shape), self.dtype)
        for network, places, inputs, _ in self.turns(count, purpose, label):
            samples[places] = self.generate(network, inputs)
        return samples

    def turns(
        self, count: int, purpose: str, label: np.ndarray | None
    ) -> Iterator[tuple[str, slice, dict[str, np.ndarray], str]]:
        """Yield each sampling network that makes some of `count` samples, their places, its inputs, and their stream.

        purpose, label: as in `sample`.
        """
        networks = self.experiment.sampled
        for turn, network in enumerate(networks):
            places = slice(turn, None, len(networks))
            stream = purpose if len(networks) == 1 else f"{purpose}/{network}"
            labels = None if label is None else label[places]
            if share := len(range(count)[places]):
                yield network, places, self.sampling_inputs(network, share, stream, labels), stream

    def sampling_inputs(
        self, network: str, count: int, purpose: str, label: np.ndarray | None
    ) -> dict[str, np.ndarray]:
        """Return the inputs by which a network makes `count` samples, by name; purpose, label: as in `sample`.

        Samples to translate are real ones of the domain that the network reads, shuffled.
        """
        specs = self.experiment.plans[network].inputs
        return {name: self._input(network, name, spec, (count, purpose, label)) for name, spec in specs.items()}

    def drawn_anew(
        self, network: str, inputs: Mapping[str, np.ndarray], purpose: str, label: np.ndarray | None
    ) -> dict[str, np.ndarray]:
        """Return inputs with other latents and labels beside the same samples; purpose, label: as in `sample`."""
        specs, count = self.experiment.plans[network].inputs, len(next(iter(inputs.values())))
        return {
            name: inputs[name] if spec.kind == "data" else self._input(network, name, spec, (count, purpose, label))
            for name, spec in specs.items()
        }

    def _input(self, network: str, name: str, spec: Input, asked: tuple[int, str, np.ndarray | None]) -> np.ndarray:
        """One of a network's inputs. asked: the count, the purpose and the labels of `sampling_inputs`."""
        count, purpose, label = asked
        generator = randomness.stream(self.experiment.training.seed, f"{purpose}/{name}")
        if name in self.given:
            return np.repeat(self.given[name][None], count, axis=0)
        if spec.field:
            return self.dataset.take_field(spec.field, self._positions(count, purpose), self.dtype)
        if spec.kind == "data":
            domain = input_domain(self.experiment, self.dataset, network)
            order = generator.permutation(len(domain))
            return domain.take(order[np.arange(count) % len(order)], self.dtype)
        if spec.kind == "label":
            drawn = randomness.labels(generator, spec.classes or 1, count)
            return drawn if label is None else label % (spec.classes or 1)
        if name == condition_of(self.experiment.plans[network].inputs) and label is not None:
            return randomness.one_hot(label % spec.shape[0], spec)
        return self._latents(generator, spec, count)

    def _latents(self, generator: np.random.Generator, spec: Input, count: int) -> np.ndarray:
        drawn = randomness.latents(generator, spec, count)
        if self.latent_truncation is None or spec.distribution != "normal":
            return drawn
        return randomness.within(generator, drawn, self.latent_truncation)

    def _positions(self, count: int, purpose: str) -> np.ndarray:
        """The positions [count] of the samples whose fields a network reads: shuffled, the same for all its fields."""
        order = randomness.stream(self.experiment.training.seed, f"{purpose}/fields").permutation(len(self.dataset))
        return order[np.arange(count) % len(order)]

    def beside(self, network: str, count: int, purpose: str) -> Beside:
        """Return what the data hold beside what `sampling_inputs` gives a network to read; purpose: as in `sample`."""
        return beside(self, network, self._positions(count, purpose))

    def generate(self, network: str, inputs: Mapping[str, np.ndarray], output: str = "") -> np.ndarray:
        """Return a network's outputs [N, …] for inputs of any number N, made in parts; of a chain, what its last makes.

        output: the name of one of its own outputs in place of that. Raises `SpecError` for a single sample in training
        mode whose batch norm would see one value a channel.
        """
        made = self._outputs(network, inputs, output or self.experiment.plans[network].output)
        for follower in () if output else self.experiment.chains.get(network, ()):
            plan = self.experiment.plans[follower]
            made = self._outputs(follower, {next(iter(plan.inputs)): made}, plan.output)
        return made

    def _outputs(self, network: str, inputs: Mapping[str, np.ndarray], output: str) -> np.ndarray:
        """One of the outputs [N, …] of one network."""
        unit = self._unit(network, output)
        count = len(next(iter(inputs.values())))
        if self.mode == "training" and count == 1:
            refuse_single_values({network: self.experiment.plans[network]}, "in mode=training make two samples or more")
        chunks, parts = [], self._parts(count)
        with counted("samples", count, "samples") as show:
            for number, (start, end) in enumerate(parts):
                chunks.append(self._part(network, unit, inputs, (number, start, end)))
                show(end)
        return np.concatenate(chunks)

    def _part(
        self, network: str, unit: CompiledUnit, inputs: Mapping[str, np.ndarray], place: tuple[int, int, int]
    ) -> np.ndarray:
        """What a network makes of some of the inputs. place: which part, its first and the one after its last."""
        number, start, end = place
        part: dict[str, Any] = {name: value[start:end] for name, value in inputs.items()}
        if self.mode == "training":
            stream = f"{self.purpose}/{network}/masks"
            part[MASK_KEY] = randomness.mask_key(self.experiment.training.seed, stream, 0, number)
        return np.array(self.backend.to_numpy(unit(part)["samples"]))

    def _parts(self, count: int) -> list[tuple[int, int]]:
        """The first of each part and the one after its last; in training mode parts are even, since they matter."""
        number = -(-count // SAMPLE_CHUNK)
        if self.mode == "training":
            return [(part * count // number, (part + 1) * count // number) for part in range(number)]
        return [(start, start + SAMPLE_CHUNK) for start in range(0, count, SAMPLE_CHUNK)]

    def _unit(self, network: str, output: str) -> CompiledUnit:
        key = (network, output, self.mode)
        if key not in self._compiled:
            native = self.networks[network]
            if self.mode == "training":
                function = _training_function(native, output, self.backend.ops)
            else:
                function = _sampling_function(native, output)
            ops = self.backend.ops

            def by_itself(inputs: Mapping[str, Any]) -> dict[str, Array]:
                with alone(ops):
                    return function(inputs)

            by_itself.__name__ = f"the sampling of '{network}'"
            with alone(ops):
                self._compiled[key] = self.backend.compile(by_itself, [self.experiment.plans[network]])
        return self._compiled[key]

    @property
    def shows_translations(self) -> bool:
        """Whether what the sampling networks read can stand above what they make: images that fit each other."""
        return shown_shape(self) is not None


def checked_mode(mode: str | None, default: str) -> str:
    """Return the mode that is asked for, or the default for None. Raises `UsageError` for a word that is none."""
    if mode not in (None, "evaluation", "training"):
        raise UsageError(f"mode={mode}: expected evaluation or training")
    return mode or default


def checked_part(data: str) -> str:
    """Return a word for a part of the data. Raises `UsageError` for one that is none."""
    if data not in ("training", "held-out"):
        raise UsageError(f"data={data}: expected training or held-out")
    return data


def _sampling_function(network: NativeNetwork, output: str) -> Callable[[Mapping[str, Any]], dict[str, Array]]:
    call = Call(training=False, weights=None, random=None)
    return lambda inputs: {"samples": network.outputs(inputs, call)[output]}


def _training_function(
    network: NativeNetwork, output: str, ops: Ops
) -> Callable[[Mapping[str, Any]], dict[str, Array]]:
    """The network in training mode, called with its weights as ones from outside: then no running statistics move."""

    def samples(inputs: Mapping[str, Any]) -> dict[str, Array]:
        random = CallRandom(ops=ops, key=inputs[MASK_KEY], place=network.plan.name)
        read = {name: value for name, value in inputs.items() if name != MASK_KEY}
        call = Call(training=True, weights=network.weights(), random=random)
        return {"samples": network.outputs(read, call)[output]}

    return samples
