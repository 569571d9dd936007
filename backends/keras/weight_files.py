"""A network as Keras's own file, and the plain script that runs it: nothing of this library in either.

The file is a functional model of Keras's standard layers, under the names of the plan. Images are [N, H, W, C] at its
inputs and its output; labels are integers [N].
"""

from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np

from gan_core.contract.native_script import beside_script, require_standard, signature, trial, variable
from gan_core.contract.weight_matching import FileArray, file_arrays_of, read_file
from gan_core.plans.plans import Node, Plan

from .network import named, native_axes
from .standard_layers import standard_layer
from .stored_weights import IGNORED, stored_weights

SUFFIX = ".keras"


def write_weights(plan: Plan, values: Mapping[str, np.ndarray], path: Path) -> None:
    model = _model(plan, np.result_type(*values.values()).name if values else "float32")
    for node in plan.nodes:
        if node.plan.weights or node.plan.buffers:
            for key, kept in named(model.get_layer(node.name)):
                kept.assign(np.transpose(values[f"{node.name}.{key}"], native_axes(node, key, len(kept.shape))))
    model.save(path)


def file_arrays(plan: Plan) -> list[FileArray]:
    require_standard(plan, standard_layer.registry.keys(), "Keras")
    return file_arrays_of(plan, native_name, native_axes)


def native_name(node: Node, key: str) -> str:
    return f"{node.name}.{[*node.plan.weights, *node.plan.buffers].index(key)}"


def read_weights(plan: Plan, path: Path) -> dict[str, np.ndarray]:
    return read_file(plan, file_arrays(plan), stored_weights, path, IGNORED)


def write_script(plan: Plan, weights: Path, path: Path) -> None:
    require_standard(plan, standard_layer.registry.keys(), "Keras")
    text = [
        "from pathlib import Path",
        "",
        "import keras",
        "import numpy as np",
        "",
        f"model = keras.models.load_model({beside_script(weights)})",
        "",
        "",
        signature(plan),
        "    # images are [N, H, W, C]",
        f"    return model([{', '.join(map(variable, plan.inputs))}], training=False)",
        *trial(plan, lambda array, labels: array, last=True),  # the model makes its own precision of it
        "",
    ]
    path.write_text("\n".join(text), encoding="utf-8")


def _model(plan: Plan, dtype: str) -> keras.Model:
    """A plan as a functional model. Raises `BackendError` where Keras has no standard layer."""
    require_standard(plan, standard_layer.registry.keys(), "Keras")
    arrays = {}
    for name, spec in plan.inputs.items():  # channels last
        shape, kind = (*spec.shape[1:], *spec.shape[:1]), "int32" if spec.kind == "label" else dtype
        arrays[name] = keras.Input(shape, name=name, dtype=kind)
    inputs = list(arrays.values())
    for node in plan.nodes:
        read = [arrays[name] for name in node.inputs]
        arrays[node.name] = standard_layer(node.layer, node, read, {"name": node.name, "dtype": dtype})
    made = {name: arrays[name] for name in plan.heads} if plan.heads[1:] else arrays[plan.output]
    return keras.Model(inputs, made, name=plan.name.replace("-", "_"))
