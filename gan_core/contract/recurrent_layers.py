"""Recurrent layers, defined once by the operations of the contract: what comes before the steps, and one step.

A backend with a loop that is compiled once for all steps may run `next_state` in it; the definition here unrolls them.
Legend: N batch, T steps, F features, U units, G gates, one under the other in weights.
"""

from functools import singledispatch

from gan_core.contract.composed import Arrays, Weights, compose_layer
from gan_core.operations import tables
from gan_core.operations.ops import Array, Ops
from gan_core.specs.recurrent_layers import GRU, LSTM, RecurrentLayer


@compose_layer.register(GRU)
@compose_layer.register(LSTM)
def _recurrent(layer: RecurrentLayer, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    (x,) = inputs
    count, steps, _ = x.shape
    gates, turned, state = input_gates(ops, x, weights), for_steps(ops, weights), first_state(layer, ops, count)
    outputs = []
    for step in range(steps):
        state = next_state(layer, ops, gates[step], state, turned)
        outputs.append(ops.reshape(state[0], (count, 1, layer.units)))
    return ops.concat(outputs, 1) if steps > 1 else outputs[0]


def input_gates(ops: Ops, x: Array, weights: Weights) -> Array:
    """Return what all gates get of a series [N, T, F], by one product for all steps: [T, N, G · U]."""
    count, steps, features = x.shape
    rows = ops.reshape(ops.transpose(x, (1, 0, 2)), (steps * count, features))
    y = ops.matmul(rows, ops.transpose(weights["input_weight"], (1, 0)))
    return ops.reshape(y + weights["input_bias"] if "input_bias" in weights else y, (steps, count, -1))


def for_steps(ops: Ops, weights: Weights) -> Weights:
    """Return the weights that a step reads, as it reads them: `hidden_weight` [U, G · U], and `hidden_bias`.

    Turned before the steps, since within a loop XLA cannot compile the second derivative of a transpose.
    """
    turned = {"hidden_weight": ops.transpose(weights["hidden_weight"], (1, 0))}
    return turned | {name: weights[name] for name in ("hidden_bias",) if name in weights}


def first_state(layer: RecurrentLayer, ops: Ops, count: int) -> tuple[Array, ...]:
    """Return the state before the first step, zeros: the output [N, U], and of an LSTM its cell [N, U] too."""
    zeros = ops.constant(tables.zeros((count, layer.units)))
    return (zeros, zeros) if isinstance(layer, LSTM) else (zeros,)


@singledispatch
def next_state(
    layer: RecurrentLayer, ops: Ops, gates: Array, state: tuple[Array, ...], weights: Weights
) -> tuple[Array, ...]:
    """Return the state after one step, the output first.

    gates: what they get of the step's inputs, [N, G · U]. weights: those of `for_steps`.
    """
    raise NotImplementedError


@next_state.register
def _gru(layer: GRU, ops: Ops, gates: Array, state: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
    (hidden,), units = state, layer.units
    own = _of_state(ops, hidden, weights)
    both = ops.sigmoid(gates[:, : 2 * units] + own[:, : 2 * units])
    reset, update = both[:, :units], both[:, units:]
    new = ops.tanh(gates[:, 2 * units :] + reset * own[:, 2 * units :])
    return (new + update * (hidden - new),)


@next_state.register
def _lstm(layer: LSTM, ops: Ops, gates: Array, state: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
    (hidden, cell), units = state, layer.units
    sums = gates + _of_state(ops, hidden, weights)
    both = ops.sigmoid(sums[:, : 2 * units])
    let_in, kept = both[:, :units], both[:, units:]
    cell = kept * cell + let_in * ops.tanh(sums[:, 2 * units : 3 * units])
    return ops.sigmoid(sums[:, 3 * units :]) * ops.tanh(cell), cell


def _of_state(ops: Ops, hidden: Array, weights: Weights) -> Array:
    """What all gates get of the state before, [N, G · U]."""
    y = ops.matmul(hidden, weights["hidden_weight"])
    return y + weights["hidden_bias"] if "hidden_bias" in weights else y
