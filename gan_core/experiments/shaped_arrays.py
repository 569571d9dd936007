"""Arrays that have a shape and nothing else, and operations and networks on them that count their multiply-adds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from gan_core.contract.backend import Call
from gan_core.experiments.experiment import Experiment
from gan_core.objectives.draws import Draw
from gan_core.operations.workers import Workers
from gan_core.plans.plans import Plan


@dataclass(eq=False)
class Shaped:
    """An array of which only the shape is known.

    passes: the passes that it depends on. network: the network whose weight it is, or None. draw: the draw that it is
    as it was drawn, or None.
    """

    shape: tuple[int, ...]
    passes: frozenset["Pass"] = frozenset()
    network: str | None = None
    draw: Draw | None = None

    def _with(self, operand: Any) -> "Shaped":
        shape = np.broadcast_shapes(self.shape, getattr(operand, "shape", ()))
        return Shaped(shape, self.passes | getattr(operand, "passes", frozenset()))

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _with
    __pow__ = __rpow__ = __gt__ = __ge__ = __lt__ = __le__ = _with

    def __neg__(self) -> "Shaped":
        return self

    __abs__ = __neg__

    def __bool__(self) -> bool:
        raise TypeError("an array of which only the shape is known is neither true nor false")

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> "Shaped":
        return Shaped(np.broadcast_to(np.int8(0), self.shape)[key].shape, self.passes, draw=self.draw)


@dataclass(eq=False)
class Pass:
    """A network call, or a gradient that is differentiated.

    forward: the multiply-adds of the call. first_layer: those of its first layer that has any. reads: the passes that
    its inputs depend on.
    """

    network: str
    forward: int
    first_layer: int
    reads: frozenset["Pass"]


@dataclass
class Counter:
    """`Ops` on shapes, which adds up the multiply-adds of passes.

    Each operation returns the shape that `gan_core.operations.ops.Ops` gives its result. total: the multiply-adds so
    far. fed: (network, input, draw) for each input of each call, with None for what is no draw.
    """

    workers: ClassVar[Workers] = Workers()

    total: int = 0
    fed: list[tuple[str, str, Draw | None]] = field(default_factory=list)

    def averaged(self, arrays: Sequence[Shaped]) -> list[Shaped]:
        """Return the arrays of one worker."""
        return list(arrays)

    def gathered(self, x: Shaped) -> Shaped:
        """Return the rows of one worker."""
        return x

    def constant(self, value: np.ndarray) -> Shaped:
        """Return the shape of the value."""
        return Shaped(np.shape(value))

    def arange(self, count: int) -> Shaped:
        """Return a row of numbers."""
        return Shaped((count,))

    def _kept(self, x: Shaped) -> Shaped:
        """Return the shape of an operation on each value."""
        return x

    exp = log = sqrt = abs = relu = tanh = sigmoid = softplus = softmax = _kept

    def transpose(self, x: Shaped, axes: tuple[int, ...]) -> Shaped:
        """Return the axes in another order."""
        return Shaped(tuple(x.shape[axis] for axis in axes), x.passes)

    def clip(self, x: Shaped, low: float, high: float) -> Shaped:
        """Return the same shape."""
        return x

    def _joined(self, x: Shaped, y: Shaped) -> Shaped:
        """Return the shape of an operation on two arrays' values."""
        return x._with(y)

    bitwise_and = bitwise_xor = _joined

    def shift_right(self, x: Shaped, bits: int) -> Shaped:
        """Return the same shape."""
        return x

    def at_least(self, x: Shaped, threshold: float) -> Shaped:
        """Return the same shape."""
        return x

    def real(self, x: Shaped) -> Shaped:
        """Return the same shape."""
        return x

    def sum(self, x: Shaped, axes: tuple[int, ...]) -> Shaped:
        """Drop the axes."""
        return Shaped(tuple(n for axis, n in enumerate(x.shape) if axis not in axes), x.passes)

    def mean(self, x: Shaped) -> Shaped:
        """Return a scalar."""
        return Shaped((), x.passes)

    def reshape(self, x: Shaped, shape: tuple[int, ...]) -> Shaped:
        """Return the new shape, −1 filled in."""
        return Shaped(np.broadcast_to(np.int8(0), x.shape).reshape(shape).shape, x.passes, draw=x.draw)

    def concat(self, parts: Sequence[Shaped], axis: int) -> Shaped:
        """Add up one axis."""
        shape = list(parts[0].shape)
        shape[axis] = sum(part.shape[axis] for part in parts)
        return Shaped(tuple(shape), frozenset().union(*(part.passes for part in parts)))

    def split(self, x: Shaped, count: int) -> tuple[Shaped, Shaped]:
        """Return two shapes."""
        return x[:count], x[count:]

    def matmul(self, x: Shaped, y: Shaped) -> Shaped:
        """Return [A, C]."""
        return Shaped((*x.shape[:-1], y.shape[-1]), x.passes | y.passes)

    def detached(self, function: Callable[[], Any]) -> Any:
        """Forget the passes; their forward cost is counted already."""
        return _constants(function())

    def differentiable_leaf(self, x: Shaped) -> Shaped:
        """Return an array that passes can be traced to."""
        leaf = Pass(network="", forward=0, first_layer=0, reads=x.passes)
        return Shaped(x.shape, x.passes | {leaf})

    def gradients(self, output: Shaped, inputs: Sequence[Shaped], *, differentiable: bool) -> list[Shaped]:
        """Count the backward passes from a scalar to the inputs."""
        networks = {target.network for target in inputs if target.network}
        targets = {one for target in inputs if not target.network for one in target.passes if not one.network}
        cost = 0
        visited = _reachable(output.passes)
        for one in visited:
            at_weights = one.network in networks
            at_input = any(up.network in networks or up in targets for up in _reachable(one.reads))
            if at_weights:
                cost += one.forward
            if at_input or at_weights:
                cost += one.forward - (0 if at_input else one.first_layer)
        self.total += cost
        passes: frozenset[Pass] = frozenset()
        if differentiable:
            names = [one.network for one in visited if one.network]
            passes = frozenset(
                Pass(network=name, forward=cost // len(names), first_layer=0, reads=frozenset()) for name in names
            )
        return [Shaped(target.shape, passes) for target in inputs]


@dataclass
class CountedNetwork:
    """A network whose calls are counted."""

    plan: Plan
    counter: Counter

    def __call__(self, inputs: Mapping[str, Shaped], call: Call) -> Shaped:
        """Return the first output's shape and count a forward pass."""
        return self.outputs(inputs, call)[self.plan.output]

    def outputs(self, inputs: Mapping[str, Shaped], call: Call) -> dict[str, Shaped]:
        """Return the outputs' shapes and count a forward pass."""
        batch = next(iter(inputs.values())).shape[0]
        reads = frozenset().union(*(array.passes for array in inputs.values()))
        first = next((node.plan.multiply_adds for node in self.plan.nodes if node.plan.multiply_adds), 0)
        forward = self.plan.multiply_adds * batch
        self.counter.total += forward
        self.counter.fed += [(self.plan.name, name, array.draw) for name, array in inputs.items()]
        one = Pass(network=self.plan.name, forward=forward, first_layer=first * batch, reads=reads)
        return {name: Shaped((batch, *shape), frozenset({one})) for name, shape in self.plan.outputs.items()}

    def weights(self) -> dict[str, Shaped]:
        """Return the weights' shapes, marked with their network."""
        return {name: Shaped(weight.shape, network=self.plan.name) for name, weight in self.plan.weights.items()}

    def to_canonical(self, arrays: Mapping[str, Shaped]) -> dict[str, Shaped]:
        """Return them as they are: shapes are canonical here."""
        return dict(arrays)

    def to_native(self, arrays: Mapping[str, Shaped]) -> dict[str, Shaped]:
        """Return them as they are."""
        return dict(arrays)

    def buffers(self) -> dict[str, Shaped]:
        """Return the buffers' shapes."""
        return {name: Shaped(buffer.shape) for name, buffer in self.plan.buffers.items()}


class CountedState:
    """The optimizer of a player, with slots that are shapes."""

    def __init__(self, experiment: Experiment, player: str) -> None:
        plans = [experiment.plans[name] for name in experiment.players[player].networks]
        shapes = [weight.shape for plan in plans for weight in plan.weights.values()]
        self.optimizer = experiment.players[player].optimizer
        self.slots = {slot: [Shaped(shape) for shape in shapes] for slot in self.optimizer.slots}


def _constants(value: Any) -> Any:
    """The shapes without their passes, in tables and lists as they were; what is no array stays what it is."""
    if isinstance(value, Shaped):
        return Shaped(value.shape)
    if isinstance(value, Mapping):
        return {key: _constants(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_constants(part) for part in value)
    return value


def _reachable(passes: frozenset[Pass]) -> set[Pass]:
    reached: set[Pass] = set()
    waiting = list(passes)
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting.extend(one.reads)
    return reached
