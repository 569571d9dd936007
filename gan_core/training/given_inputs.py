"""Inputs of a generator that a user gives instead of drawing them: a category, a label, the numbers of a code."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gan_core.errors import UsageError, nearest
from gan_core.plans.plans import Plan
from gan_core.randomness import one_hot
from gan_core.specs.networks import Input

Given = Mapping[str, np.ndarray]  # input → what one sample reads, without the batch: a label [], or numbers [*shape]
Numbers = int | float | Sequence[float]
REACH = 2.0  # of a walk: the paper of InfoGAN shows its uniform codes from −2 to 2, beyond the −1 … 1 of the training


def given_inputs(plan: Plan, values: Mapping[str, Numbers]) -> dict[str, np.ndarray]:
    """Return given inputs as a network reads them.

    values: input → the category of a label or of a one-hot code, a whole number; of any other latent its numbers, or
    one number for all of them; likewise of a field [values] of the data, such as attributes. Raises `UsageError` for an
    input that there is not, or that does not take the values.
    """
    return {name: _given(plan, name, value) for name, value in values.items()}


def _given(plan: Plan, name: str, value: Numbers) -> np.ndarray:
    spec = _known(plan, name, "given")
    numbers = [float(number) for number in (value if isinstance(value, Sequence) else [value])]
    shown = ",".join(f"{number:g}" for number in numbers)
    if spec.categories:
        return _category(spec, name, numbers, shown)
    size = math.prod(spec.shape)
    if len(numbers) not in (1, size) or not np.isfinite(numbers).all():
        raise UsageError(f"given={name}={shown}: the input '{name}' takes {size} numbers, or one for all of them")
    return np.broadcast_to(np.array(numbers), (size,)).reshape(spec.shape)


def _category(spec: Input, name: str, numbers: Sequence[float], shown: str) -> np.ndarray:
    last = (spec.categories or 1) - 1
    if len(numbers) != 1 or numbers[0] not in range(last + 1):
        raise UsageError(f"given={name}={shown}: the input '{name}' takes a category, a whole number of 0 to {last}")
    number = np.array(numbers, dtype=np.int64)
    return np.asarray(number[0] if spec.kind == "label" else one_hot(number, spec)[0])


def category_of(given: np.ndarray) -> int:
    """Return the category that a given label [] or one-hot code [categories, …] stands for."""
    return int(given) if given.ndim == 0 else int(given.reshape(len(given), -1)[:, 0].argmax())


def _known(plan: Plan, name: str, option: str) -> Input:
    if name not in plan.inputs:
        raise UsageError(f"{option}={name}: the network '{plan.name}' has no such input{nearest(name, plan.inputs)}")
    spec = plan.inputs[name]
    if spec.kind == "data" and not (spec.field and len(spec.shape) == 1 and option == "given"):
        raise UsageError(f"{option}={name}: the input '{name}' of the network '{plan.name}' reads data; give pictures")
    return spec


@dataclass(frozen=True, kw_only=True)
class Walk:
    """A walk along one number of a latent, from the left of a sheet to its right.

    name, index: the input, and the number's position in it. low, high: where the walk begins and ends.
    """

    name: str
    index: int
    low: float = -REACH
    high: float = REACH


def walk_along(plan: Plan, word: str) -> Walk:
    """Return the walk of a word: ``style``, ``style.1`` for its second number, ``style.1=-3,3`` with other ends.

    Raises `UsageError` for a word that is none, and for an input of categories, between which there is nothing.
    """
    place, _, ends = word.partition("=")
    name, _, index = place.partition(".")
    spec = _known(plan, name, "walk")
    if spec.categories:
        raise UsageError(f"walk={word}: there is nothing between two categories of '{name}'; walk along another input")
    size = math.prod(spec.shape)
    number = int(index) if index.isdecimal() else 0 if not index else size
    if number >= size:
        raise UsageError(f"walk={word}: '{name}' has the numbers {name}.0 to {name}.{size - 1}")
    try:
        low, high = (float(end) for end in ends.split(",")) if ends else (-REACH, REACH)
    except ValueError:
        low = high = math.nan
    if not math.isfinite(low) or not math.isfinite(high):
        raise UsageError(f"walk={word}: expected two ends after the input, as {place}=-2,2")
    return Walk(name=name, index=number, low=low, high=high)


def walked_inputs(plan: Plan, walk: Walk, rows: Mapping[str, np.ndarray], columns: int) -> dict[str, np.ndarray]:
    """Return the inputs [rows · columns, …] of a sheet whose columns walk and whose rows stay what they are.

    rows: the inputs of the rows by name, [rows, …]; the other numbers of the walk's own input are 0, the middle.
    """
    arrays = {name: np.repeat(values, columns, axis=0) for name, values in rows.items()}
    shape, number = plan.inputs[walk.name].shape, len(arrays[walk.name])
    flat = np.zeros((number, math.prod(shape)))
    flat[:, walk.index] = np.tile(np.linspace(walk.low, walk.high, columns), number // columns)
    return arrays | {walk.name: flat.reshape(number, *shape)}
