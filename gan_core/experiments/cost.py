"""Multiply-adds of a step, worked out by evaluating the objectives on arrays that have a shape and nothing else.

Counted are dense layers and convolutions (forward, gradient at the input, gradient at the weights), for the passes
that an update needs and no others. A gradient that is itself differentiated (a penalty) costs its own pass and twice
that again, each of its products having two factors. Activations, norms and optimizers are left out.

An objective may do what an array of numbers can and one of shapes cannot (branch on a value, call a method of its
framework's): then its cost is unknown, which is said as None and never an error.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gan_core.contract.backend import Call
from gan_core.experiments.domain_shapes import domain_shapes
from gan_core.experiments.experiment import Experiment, Phase
from gan_core.objectives.context import UpdateContext
from gan_core.objectives.draws import Draw
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

    total: int = 0
    fed: list[tuple[str, str, Draw | None]] = field(default_factory=list)

    def constant(self, value: np.ndarray) -> Shaped:
        """Return the shape of the value."""
        return Shaped(np.shape(value))

    def _kept(self, x: Shaped) -> Shaped:
        """Return the shape of an operation on each value."""
        return x

    exp = log = sqrt = abs = relu = tanh = sigmoid = softplus = _kept

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

    def at_least(self, x: Shaped, threshold: int) -> Shaped:
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
        """Return the output's shape and count a forward pass."""
        batch = next(iter(inputs.values())).shape[0]
        reads = frozenset().union(*(array.passes for array in inputs.values()))
        first = next((node.plan.multiply_adds for node in self.plan.nodes if node.plan.multiply_adds), 0)
        forward = self.plan.multiply_adds * batch
        self.counter.total += forward
        self.counter.fed += [(self.plan.name, name, array.draw) for name, array in inputs.items()]
        one = Pass(network=self.plan.name, forward=forward, first_layer=first * batch, reads=reads)
        return Shaped((batch, *self.plan.output_shape), frozenset({one}))

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


def update_multiply_adds(experiment: Experiment, phase: Phase) -> int | None:
    """Return the multiply-adds of one update of a phase, or None where they are unknown."""
    return all_multiply_adds(experiment)[phase.name]


def all_multiply_adds(experiment: Experiment) -> dict[str, int | None]:
    """Return the multiply-adds of one update of each phase, by the phase's name; None where they are unknown."""
    return _evaluated(experiment)[0]


def draws_fed(experiment: Experiment) -> list[tuple[str, str, Draw | None]]:
    """Return (network, input, draw) for all that phases feed networks; the draw is None for what they worked out."""
    return _evaluated(experiment)[1].fed


def _evaluated(experiment: Experiment) -> tuple[dict[str, int | None], Counter]:
    counter = Counter()
    shared: dict[str, Shaped] = {}
    costs: dict[str, int | None] = {}
    for phase in experiment.phases:
        before = counter.total
        try:
            _count(experiment, phase, counter, shared)
        except Exception:  # noqa: BLE001  (whatever a user's objective does with an array that holds no numbers)
            costs[phase.name] = None
        else:
            costs[phase.name] = counter.total - before
    return costs, counter


def _count(experiment: Experiment, phase: Phase, counter: Counter, shared: dict[str, Shaped]) -> None:
    networks = {name: CountedNetwork(plan, counter) for name, plan in experiment.plans.items()}
    batch_size, domains = experiment.training.batch_size, domain_shapes(experiment)
    draws = {
        name: Shaped(draw.shape(batch_size, domains), draw=draw)
        for name, draw in phase.objective.draws(experiment.plans).items()
    }
    optimizers = {name: player.optimizer for name, player in experiment.players.items()}
    draws |= {name: Shaped(()) for name in phase.objective.floats(optimizers, dict.fromkeys(optimizers, 0))}
    context = UpdateContext(
        ops=counter,  # type: ignore[arg-type]
        networks=networks,  # type: ignore[arg-type]
        draws=draws,
        optimizers={name: CountedState(experiment, name) for name in optimizers},  # type: ignore[misc]
        mask_key=None,
        variables={name: Shaped(value.shape) for name, value in phase.objective.variables(experiment.plans).items()},
        shared=shared,  # type: ignore[arg-type]
    )
    outcome = phase.objective.evaluate(context)
    player = experiment.players[phase.player]
    weights = [weight for name in player.networks for weight in networks[name].weights().values()]
    counter.gradients(outcome.loss, weights, differentiable=False)  # type: ignore[arg-type]


def step_multiply_adds(experiment: Experiment) -> float | None:
    """Return the multiply-adds of an average step, or None if those of one of its phases are unknown."""
    costs = all_multiply_adds(experiment)
    total = 0.0
    for phase in experiment.phases:
        cost = costs[phase.name]
        if cost is None:
            return None
        total += cost * phase.repeats / phase.every_steps
    return total


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
