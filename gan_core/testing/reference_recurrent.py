"""Recurrent layers in plain NumPy, a sample and a step at a time: see `reference_layers`."""

import numpy as np

from gan_core.contract.backend import Call
from gan_core.plans.plans import Node
from gan_core.specs.recurrent_layers import GRU, LSTM, RecurrentLayer
from gan_core.testing.reference_layers import Arrays, Inputs, reference_layer


@reference_layer.register
def gru(layer: GRU, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    outputs = []
    for series in inputs[0]:
        h, states = np.zeros(layer.units), []
        for x in series:
            (a_r, a_z, a_n), (c_r, c_z, c_n) = (gates_of(layer, weights, *of) for of in (("input", x), ("hidden", h)))
            r, z = sigmoid(a_r + c_r), sigmoid(a_z + c_z)
            h = (1 - z) * np.tanh(a_n + r * c_n) + z * h
            states.append(h)
        outputs.append(np.stack(states))
    return np.stack(outputs)


@reference_layer.register
def lstm(layer: LSTM, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    outputs = []
    for series in inputs[0]:
        h, c, states = np.zeros(layer.units), np.zeros(layer.units), []
        for x in series:
            of_x, of_h = gates_of(layer, weights, "input", x), gates_of(layer, weights, "hidden", h)
            i, f, g, o = (a + b for a, b in zip(of_x, of_h, strict=True))
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
            states.append(h)
        outputs.append(np.stack(states))
    return np.stack(outputs)


def gates_of(layer: RecurrentLayer, weights: Arrays, name: str, x: np.ndarray) -> list[np.ndarray]:
    """Return what each gate [units] gets of inputs or of the state before."""
    y = weights[f"{name}_weight"] @ x + weights.get(f"{name}_bias", 0.0)
    return [y[gate * layer.units : (gate + 1) * layer.units] for gate in range(layer.gates)]


def sigmoid(x: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-x)))
