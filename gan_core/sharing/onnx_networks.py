"""Networks as graphs of ONNX operators: layer by layer in evaluation mode, weights in float32 and canonical layout."""

from collections.abc import Mapping, Sequence

import numpy as np

from gan_core.errors import SpecError, UsageError
from gan_core.operations.spectral import SINGULAR_VECTOR
from gan_core.plans.plans import Node, Plan
from gan_core.sharing import onnx_images, onnx_styles  # noqa: F401  (their rules join those of `onnx_layers`)
from gan_core.sharing.onnx_formulas import formula_layer
from gan_core.sharing.onnx_graph import FLOAT, Graph, Place
from gan_core.sharing.onnx_layers import onnx_layer
from gan_core.specs import layers as L
from gan_core.specs.augmenting_layers import Augmentation

Values = Mapping[str, np.ndarray]


def write_chain(plans: Sequence[Plan], values: Mapping[str, Values]) -> tuple[Graph, dict[str, str]]:
    """Return the graph of a network and of those that read on from it, and the name of each output in it.

    plans: in order; the first one's inputs are those of the graph, under their own names, and each other one reads the
    output before it as its first input. values: network → weights and buffers. Raises `UsageError` that names the
    layer that cannot be written.
    """
    graph, given = Graph(), {name: name for name in plans[0].inputs}
    for plan in plans:
        outputs = _write_network(graph, plan, values[plan.name], given)
        given = dict.fromkeys(list(_next_inputs(plans, plan)), outputs[plan.output])
    return graph, outputs


def _next_inputs(plans: Sequence[Plan], plan: Plan) -> list[str]:
    """The input of the network after this one in a chain."""
    place = [one.name for one in plans].index(plan.name) + 1
    return list(plans[place].inputs)[:1] if place < len(plans) else []


def _write_network(graph: Graph, plan: Plan, values: Values, given: Mapping[str, str]) -> dict[str, str]:
    names = dict(given)
    for node in plan.nodes:
        graph.place = f"{plan.name}/{node.name}"
        inputs = tuple(names[name] for name in node.inputs)
        if isinstance(node.layer, Augmentation):  # one of a user's too: none changes anything in evaluation mode
            names[node.name] = inputs[0]
            continue
        at = Place(graph=graph, node=node, inputs=inputs, arrays=_arrays(node, values))
        try:
            write = onnx_layer.registry.get(type(node.layer))
            names[node.name] = write(node.layer, at) if write else formula_layer(at)
        except SpecError as error:
            raise UsageError(f"network '{plan.name}', layer '{node.name}' cannot be written as ONNX: {error}") from None
    return {name: names[name] for name in plan.outputs}


def _arrays(node: Node, values: Values) -> dict[str, np.ndarray]:
    """A layer's arrays in float32, as a call uses them: times their factors, or over the largest singular value."""
    keys = (*node.plan.weights, *(key for key in node.plan.buffers if key != SINGULAR_VECTOR))
    arrays = {key: np.asarray(values[f"{node.name}.{key}"]) for key in keys}
    if SINGULAR_VECTOR in node.plan.buffers:
        vector = np.asarray(values[f"{node.name}.{SINGULAR_VECTOR}"], np.float64)
        out_axis = int(isinstance(node.layer, L.ConvTranspose))
        arrays["weight"] = arrays["weight"] / _singular_value(arrays["weight"], vector, out_axis)
    factors = node.plan.factors
    return {key: (array * factors.get(key, 1.0)).astype(FLOAT) for key, array in arrays.items()}


def _singular_value(weight: np.ndarray, vector: np.ndarray, out_axis: int) -> float:
    """The largest singular value after one step of power iteration, as every call of the layer finds it."""
    rows = np.moveaxis(weight.astype(np.float64), out_axis, 0)
    matrix = rows.reshape(len(rows), -1)
    right = matrix.T @ vector
    seen = matrix @ (right / np.linalg.norm(right))
    return float(np.linalg.norm(seen))
