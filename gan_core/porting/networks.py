"""A module of the user's as a network: by the backend that its class is of, and held against it on the same inputs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gan_core.contract.backend import Backend, Call
from gan_core.contract.foreign_networks import ForeignNetwork, Given
from gan_core.contract.loading import framework_modules, load_backend
from gan_core.contract.weight_matching import canonical_axes
from gan_core.errors import SpecError, UsageError
from gan_core.plans.plans import Plan

COMPARED = 8  # samples
INPUT = re.compile(r"(?:(?P<kind>latent|data|image|label):)?(?P<sizes>\d+(?:,\d+)*)")


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How far a module and its network part. largest: of all outputs. scale: the largest value among them."""

    largest: float
    scale: float


def network_from(
    module: Any, inputs: Mapping[str, str | int | Sequence[int] | Given] | None = None, backend: str | None = None
) -> ForeignNetwork:
    """Return a module of the user's (of PyTorch, Keras or Paddle) as a network, with its settings and its weights.

    The module is run once on arrays of these shapes, or its graph is walked; it stays as it was. ``network`` of what is
    returned is the spec, ``values()`` its arrays by canonical name.
    inputs: each input's shape without the batch, by the name of the parameter of `forward` or `call`, or in order under
    "0", "1": a number, a list, or text, as "100", "3,64,64", "label:10". None is needed where the module knows them.
    backend: the framework's name; by default the one that the module's class is of. Raises `SpecError` naming what has
    no counterpart, with the line that makes or calls it.
    """
    name = backend or backend_of(module)
    given = {key: _given(value) for key, value in (inputs or {}).items()}
    return read_with(load_backend(name), module, given)


def backend_of(module: Any) -> str:
    """Return the backend of whose framework a module is. Raises `UsageError` for an object of none."""
    known = framework_modules()
    if isinstance(module, type):
        raise UsageError(f"{module.__name__} is a class: expected an instance of it, as {module.__name__}()")
    for base in type(module).__mro__:
        if (top := base.__module__.partition(".")[0]) in known:
            return known[top]
    raise UsageError(
        f"an object of the class {type(module).__name__} is no network of a known framework ({', '.join(known)})"
    )


def read_with(backend: Backend, module: Any, inputs: Mapping[str, Given]) -> ForeignNetwork:
    """Return a module as a network. A latent [C] that the module does not take is tried as [C, 1, 1].

    Raises `SpecError`, and `UsageError` for what is no module of the framework.
    """
    if not isinstance(module, backend.module_type):
        raise UsageError(
            f"it is {_kind_of(module)}; expected a {backend.name} network ({backend.module_type.__name__}): a class, a "
            "function that returns one, or an instance"
        )
    try:
        return backend.read_module(module, inputs)
    except SpecError as error:
        images = {name: _as_image(given) for name, given in inputs.items()}
        if images == dict(inputs) or "it fails on arrays" not in str(error):
            raise
        try:
            return backend.read_module(module, images)
        except SpecError as other:
            raise SpecError(f"{error}; with two axes of 1 more: {other}") from None


def _as_image(given: Given) -> Given:
    flat = given.kind == "latent" and given.shape is not None and len(given.shape) == 1
    return Given(kind="latent", shape=(*given.shape, 1, 1)) if flat and given.shape else given


def _kind_of(module: Any) -> str:
    return f"the class {module.__name__}" if isinstance(module, type) else f"of the type {type(module).__name__}"


def read_input(text: str) -> Given:
    """Return what "100", "3,64,64", "data:100" or "label:10" says of an input. Raises `UsageError`."""
    found = INPUT.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"input={text}: expected a shape, as 100 or 3,64,64, or label:10 for labels of 10 classes")
    sizes, kind = tuple(map(int, found["sizes"].split(","))), found["kind"]
    if kind == "label":
        if len(sizes) > 1:
            raise UsageError(f"input={text}: expected the number of classes, as label:10")
        return Given(kind="label", shape=(), classes=sizes[0])
    if min(sizes) < 1:
        raise UsageError(f"input={text}: expected sizes of 1 or more")
    if kind is None:
        flat = len(sizes) == 1 or (len(sizes) == 3 and sorted(sizes)[:2] == [1, 1])
        kind = "latent" if flat else "data"
    return Given(kind="latent" if kind == "latent" else "data", shape=sizes)


def _given(value: str | int | Sequence[int] | Given) -> Given:
    if isinstance(value, Given):
        return value
    if isinstance(value, int):
        return read_input(str(value))
    return read_input(value if isinstance(value, str) else ",".join(map(str, value)))


def difference(backend: Backend, plan: Plan, foreign: ForeignNetwork) -> Difference:
    """Run both on the same few random inputs, in evaluation mode, and return how far they part."""
    random = np.random.default_rng(0)
    inputs: dict[str, np.ndarray] = {}
    for name, given in foreign.network.inputs.items():
        if given.kind == "label":
            inputs[name] = random.integers(0, given.classes or 1, COMPARED)
        else:
            inputs[name] = random.uniform(-1, 1, (COMPARED, *given.shape))
    native = backend.build_network(plan, foreign.values())
    prepared = backend.compile(
        lambda arrays: native.outputs(dict(arrays), Call(training=False, weights=None, random=None)), (plan,)
    )
    ours = {name: backend.to_numpy(array) for name, array in prepared(inputs).items()}
    theirs = foreign.run(inputs)
    worst = max(float(np.abs(theirs[name] - ours[name]).max()) for name in theirs)
    return Difference(largest=worst, scale=max(float(np.abs(one).max()) for one in theirs.values()))


def mapping(plan: Plan, foreign: ForeignNetwork) -> list[str]:
    """Return a line for each array: the user's name and shape, and ours, as "main.0.weight [64, 3, 4, 4] → …"."""
    shapes = {name: value.shape for name, value in foreign.read().items()}
    lines = []
    for array in foreign.arrays:
        turned = array.axes != canonical_axes(plan.nodes[0], "", len(array.axes))
        how = f", axes {list(array.axes)}" if turned else ""
        how += ", features in another order" if array.orders else ""
        lines.append(f"{array.native} {list(shapes[array.native])} → {array.name}{how}")
    return lines
