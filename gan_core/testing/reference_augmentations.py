"""Reference augmentations, a sample at a time in plain NumPy: see `reference_layers`, whose legend holds here too."""

from collections.abc import Callable

import numpy as np

from gan_core.contract.backend import Call
from gan_core.plans.plans import Node
from gan_core.specs import layers as L
from gan_core.specs.augmenting_layers import Augmentation
from gan_core.testing.reference_layers import Arrays, Inputs, reference_layer

Change = Callable[[np.ndarray, dict[str, float]], np.ndarray]  # a sample [C, H, W] and its numbers → the changed one


def by_sample(
    node: Node, inputs: Inputs, buffers: Arrays, call: Call, change: Change, purposes: tuple[str, ...]
) -> np.ndarray:
    """Return the samples, each changed by its own numbers where it is chosen."""
    layer, (x,) = node.layer, inputs
    if not call.training:
        return x
    assert isinstance(layer, Augmentation)
    chance = float(buffers["chance"]) if layer.adaptive else layer.chance
    drawn = {name: np.asarray(call.random_of(node.name).uniform(node.name, name, (len(x),))) for name in purposes}
    chosen = np.asarray(call.random_of(node.name).uniform(node.name, "chosen", (len(x),))) < chance
    return np.stack(
        [
            change(sample, {name: float(numbers[place]) for name, numbers in drawn.items()})
            if chosen[place]
            else sample
            for place, sample in enumerate(x)
        ]
    )


@reference_layer.register
def random_colour(
    layer: L.RandomColour, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    def change(sample: np.ndarray, numbers: dict[str, float]) -> np.ndarray:
        y = sample + (2 * numbers["brightness"] - 1) * layer.brightness
        grey = y.mean(axis=0)
        y = (y - grey) * (1 + (2 * numbers["saturation"] - 1) * layer.saturation) + grey
        return (y - y.mean()) * (1 + (2 * numbers["contrast"] - 1) * layer.contrast) + y.mean()

    return by_sample(node, inputs, buffers, call, change, ("brightness", "saturation", "contrast"))


@reference_layer.register
def random_translation(
    layer: L.RandomTranslation, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    def change(sample: np.ndarray, numbers: dict[str, float]) -> np.ndarray:
        y = np.zeros_like(sample)
        _, height, width = sample.shape
        by = [
            int(numbers[way] * (2 * int(side * layer.share + 0.5) + 1)) - int(side * layer.share + 0.5)
            for way, side in (("down", height), ("right", width))
        ]
        for row, column in np.ndindex(height, width):
            source = row - by[0], column - by[1]
            if 0 <= source[0] < height and 0 <= source[1] < width:
                y[:, row, column] = sample[:, source[0], source[1]]
        return y

    return by_sample(node, inputs, buffers, call, change, ("down", "right"))


@reference_layer.register
def random_cutout(
    layer: L.RandomCutout, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    def change(sample: np.ndarray, numbers: dict[str, float]) -> np.ndarray:
        y, ends = sample.copy(), []
        for way, side in (("down", sample.shape[1]), ("right", sample.shape[2])):
            size = int(side * layer.share + 0.5)
            start = int(numbers[way] * (side + 1 - size % 2)) - size // 2
            ends.append(slice(max(start, 0), max(start + size, 0)))
        y[:, ends[0], ends[1]] = 0
        return y

    return by_sample(node, inputs, buffers, call, change, ("down", "right"))


@reference_layer.register
def random_flip(
    layer: L.RandomFlip, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    def change(sample: np.ndarray, numbers: dict[str, float]) -> np.ndarray:
        return sample[:, :, ::-1] if numbers["flip"] >= 0.5 else sample

    return by_sample(node, inputs, buffers, call, change, ("flip",))


@reference_layer.register
def random_quarter_turn(
    layer: L.RandomQuarterTurn, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    def change(sample: np.ndarray, numbers: dict[str, float]) -> np.ndarray:
        return np.rot90(sample, int(4 * numbers["turn"]), axes=(1, 2))

    return by_sample(node, inputs, buffers, call, change, ("turn",))


@reference_layer.register
def random_rotation(
    layer: L.RandomRotation, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    def change(sample: np.ndarray, numbers: dict[str, float]) -> np.ndarray:
        angle = np.deg2rad(layer.degrees) * (2 * numbers["angle"] - 1)
        side = sample.shape[1]

        def sheared(image: np.ndarray, slope: float) -> np.ndarray:
            """Each row of [C, H, W] moved by so much a row from the middle."""
            by = slope * (np.arange(side) - (side - 1) / 2)
            return np.stack([read_between(image[:, row], np.arange(side) + by[row]) for row in range(side)], axis=1)

        y = sheared(sample, -np.tan(angle / 2))
        y = sheared(y.transpose(0, 2, 1), np.sin(angle)).transpose(0, 2, 1)
        return sheared(y, -np.tan(angle / 2))

    return by_sample(node, inputs, buffers, call, change, ("angle",))


@reference_layer.register
def random_zoom(
    layer: L.RandomZoom, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    def change(sample: np.ndarray, numbers: dict[str, float]) -> np.ndarray:
        normal = np.sqrt(-2 * np.log(1 - numbers["size"])) * np.cos(2 * np.pi * numbers["way"])
        factor = 2.0 ** (layer.deviation * normal)

        def zoomed(lines: np.ndarray, by: float) -> np.ndarray:
            """The last axis of [C, A, B], larger by a factor."""
            middle = (lines.shape[2] - 1) / 2
            places = (np.arange(lines.shape[2]) - middle) / by + middle
            return np.stack([read_between(lines[:, line], places) for line in range(lines.shape[1])], axis=1)

        y = zoomed(sample, factor)
        return zoomed(y.transpose(0, 2, 1), 1 / factor if layer.stretch else factor).transpose(0, 2, 1)

    return by_sample(node, inputs, buffers, call, change, ("size", "way"))


def read_between(lines: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Read lines [C, W] at places between their values, reflected at the first and the last one."""
    last = lines.shape[1] - 1
    inside = np.abs(places)
    inside = np.where(inside > last, 2 * last - inside, inside)
    return np.stack([np.interp(inside, np.arange(last + 1), line) for line in lines])


@reference_layer.register
def phase_shuffle(
    layer: L.PhaseShuffle, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    def change(sample: np.ndarray, numbers: dict[str, float]) -> np.ndarray:
        most, width = layer.shift, sample.shape[2]
        by = int(numbers["shift"] * (2 * most + 1)) - most
        both = ((0, 0), (0, 0), (max(by, 0), max(-by, 0)))
        return np.pad(sample, both, mode="reflect")[:, :, max(-by, 0) :][:, :, :width]

    return by_sample(node, inputs, buffers, call, change, ("shift",))
