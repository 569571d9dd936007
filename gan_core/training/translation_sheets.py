"""Sheets of networks that read samples of the data: what they read, what they make of it, and what that should be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle
from typing import Protocol

import numpy as np

from gan_core.data.dataset import Dataset
from gan_core.data.derived_pairs import MASK
from gan_core.experiments.domain_shapes import data_input
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.translations import way_back
from gan_core.plans.layer_plans import Shape
from gan_core.specs.networks import condition_of

LATENT_VARIANTS = 3  # of a network that makes several samples of one, each with another latent


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What the data hold beside what a network reads.

    truth: the real samples [N, *shape] that translations are to be, or None. masks: 1 where a translation has its place
    in what was read, and 0 elsewhere, [N, 1, H, W], or None where it stands for the whole.
    """

    truth: np.ndarray | None = None
    masks: np.ndarray | None = None


class Source(Protocol):
    """What a sheet needs of a `Sampler`, whose methods of these names say what they do."""

    experiment: Experiment
    dataset: Dataset
    dtype: np.dtype

    def sampling_inputs(
        self, network: str, count: int, purpose: str, label: np.ndarray | None
    ) -> dict[str, np.ndarray]:
        """Return the inputs by which a network makes samples."""
        raise NotImplementedError

    def drawn_anew(
        self, network: str, inputs: Mapping[str, np.ndarray], purpose: str, label: np.ndarray | None
    ) -> dict[str, np.ndarray]:
        """Return inputs with other latents and labels."""
        raise NotImplementedError

    def beside(self, network: str, count: int, purpose: str) -> Beside:
        """Return what the data hold beside the inputs."""
        raise NotImplementedError

    def generate(self, network: str, inputs: Mapping[str, np.ndarray], output: str = "") -> np.ndarray:
        """Return a network's outputs."""
        raise NotImplementedError


def beside(sampler: Source, network: str, positions: np.ndarray) -> Beside:
    """Return what stands beside the fields that a network reads; nothing for a network that reads none.

    positions: of the samples whose fields it reads, [N].
    """
    plan, dataset = sampler.experiment.plans[network], sampler.dataset
    if not any(spec.field for spec in plan.inputs.values()):
        return Beside()
    source = plan.inputs[data_input(plan) or ""].shape
    placed = plan.output_shape[1:] != source[1:] and MASK in dataset.fields
    masks = dataset.take_field(MASK, positions, sampler.dtype) if placed else None
    return Beside(truth=dataset.take(positions, sampler.dtype), masks=masks)


def placed_alike(sampler: Source, network: str, count: int) -> Beside:
    """Return where translations of a user's own pictures have their place: where all samples have it, or nowhere."""
    masks = sampler.dataset.fields.get(MASK)
    if masks is None or not (masks == masks[0]).all():
        return Beside()
    return Beside(masks=beside(sampler, network, np.zeros(count, int)).masks)


def shown_shape(sampler: Source) -> Shape | None:
    """Return the shape in which what the networks read and what they make fit each other, or None where none does.

    Smaller pictures are enlarged by a whole factor, and a single channel stands for all.
    """
    plans = [sampler.experiment.plans[network] for network in sampler.experiment.sampled]
    shapes = [plan.inputs[name].shape for plan in plans if (name := data_input(plan))]
    made = sampler.experiment.sample_shape
    if len(shapes) < len(plans) or sampler.dataset.kind != "image" or any(len(shape) != 3 for shape in (*shapes, made)):
        return None
    channels, height, width = (max(sides) for sides in zip(*shapes, made, strict=True))
    for own_channels, own_height, own_width in (*shapes, made):
        factor = height // own_height
        if own_channels not in (1, channels) or (own_height * factor, own_width * factor) != (height, width):
            return None
    return (channels, height, width)


def translation_sheet(sampler: Source, rows: int, columns: int, purpose: str) -> np.ndarray:
    """Return real images and their translations, [rows · columns, *shape], in bands as `translated` has them.

    The networks take turns from band to band; the last one may be cut off. purpose: the name of the random stream
    that chooses the images: the same name, the same images.
    """
    networks = sampler.experiment.sampled
    heights = {network: _height(sampler, network) for network in networks}
    bands: list[str] = []
    for network in cycle(networks):
        if sum(heights[band] for band in bands) >= rows:
            break
        bands.append(network)
    lines: dict[str, Iterator[np.ndarray]] = {}
    for network in dict.fromkeys(bands):
        name = data_input(sampler.experiment.plans[network]) or ""
        stream = f"{purpose}/{name}" if len(networks) == 1 else f"{purpose}/{network}/{name}"
        count = bands.count(network) * columns
        inputs = sampler.sampling_inputs(network, count, stream, None)
        lines[network] = translated(sampler, network, inputs, columns, sampler.beside(network, count, stream), stream)
    return np.concatenate([next(lines[band]) for band in bands for _ in range(heights[band])][:rows])


def translated(
    sampler: Source,
    network: str,
    inputs: Mapping[str, np.ndarray],
    columns: int,
    known: Beside | None = None,
    purpose: str = "",
    label: int | None = None,
) -> Iterator[np.ndarray]:
    """Yield rows [columns, *shape] for a sheet: what a network reads, what it makes of it, then the truth or way back.

    Of a network that is told a class there is a row for each class, or one for `label`; of one that draws latents,
    there are three rows of different ones. The last row is the real sample of a pair, or what the network that leads
    back makes of the first translations (`way_back`); without either there is none.

    inputs: of the network, by name, [N, …]. known: what the data hold beside that. purpose: the name of the random
    stream of the latents. A last row of fewer than `columns` is filled up with the least value of the data.
    """
    plans, known = sampler.experiment.plans, known or Beside()
    source = inputs[data_input(plans[network]) or ""]
    made = _variants(sampler, network, inputs, purpose, label)
    stages = [source, *(_placed(one, source, known.masks) for one in made)]
    if known.truth is not None:
        stages.append(_placed(known.truth, source, known.masks))
    elif back := way_back(sampler.experiment, network):
        stages.append(sampler.generate(back, {data_input(plans[back]) or "": made[0]}))
    shape = shown_shape(sampler) or sampler.experiment.sample_shape
    for start in range(0, len(source), columns):
        for stage in stages:
            row = np.full((columns, *shape), sampler.dataset.value_range[0], sampler.dtype)
            part = _enlarged(stage[start : start + columns], shape)
            row[: len(part)] = part  # a single channel is repeated to fill all
            yield row


def _variants(
    sampler: Source, network: str, inputs: Mapping[str, np.ndarray], purpose: str, label: int | None
) -> list[np.ndarray]:
    """What a network makes of the same samples: for each class, or with several latents, or once."""
    specs, count = sampler.experiment.plans[network].inputs, len(next(iter(inputs.values())))
    condition = condition_of(specs)
    if condition is not None:
        labels = range(specs[condition].categories or 1) if label is None else [label]
        again = [sampler.drawn_anew(network, inputs, purpose, np.full(count, number)) for number in labels]
    elif _draws_latents(sampler, network):
        more = [
            sampler.drawn_anew(network, inputs, f"{purpose}/{number}", None) for number in range(1, LATENT_VARIANTS)
        ]
        again = [dict(inputs), *more]
    else:
        again = [dict(inputs)]
    return [sampler.generate(network, one) for one in again]


def _height(sampler: Source, network: str) -> int:
    """The number of rows of a band."""
    specs = sampler.experiment.plans[network].inputs
    condition = condition_of(specs)
    variants = specs[condition].categories or 1 if condition else 1
    if condition is None and _draws_latents(sampler, network):
        variants = LATENT_VARIANTS
    last = any(spec.field for spec in specs.values()) or way_back(sampler.experiment, network) is not None
    return 1 + variants + last


def _draws_latents(sampler: Source, network: str) -> bool:
    return any(spec.kind == "latent" for spec in sampler.experiment.plans[network].inputs.values())


def _placed(made: np.ndarray, source: np.ndarray, masks: np.ndarray | None) -> np.ndarray:
    """Translations [N, C, h, w] at their places in what was read, [N, C, H, W]; as they are without masks."""
    if masks is None:
        return made
    whole = np.array(source)
    inside = np.broadcast_to(masks > 0, whole.shape)
    whole[inside] = made.reshape(-1)  # both run over samples, channels, rows and columns in order
    return whole


def _enlarged(pictures: np.ndarray, shape: Shape) -> np.ndarray:
    """Pictures [N, C, h, w] with each pixel repeated until they have the height and width of `shape`."""
    return pictures.repeat(shape[1] // pictures.shape[2], axis=2).repeat(shape[2] // pictures.shape[3], axis=3)
