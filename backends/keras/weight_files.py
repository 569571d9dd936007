"""A network as Keras's own file, and the plain script that runs it: nothing of this library in either.

The file is a functional model of Keras's standard layers, under the names of the plan. Images are [N, H, W, C] at its
inputs and its output; labels are integers [N].
"""

from collections.abc import Mapping, Sequence
from functools import singledispatch
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import KerasTensor
from keras import layers as K

from gan_core.contract.native_script import beside_script, require_standard, signature, trial, variable
from gan_core.contract.weight_matching import FileArray, file_arrays_of, read_file
from gan_core.errors import BackendError
from gan_core.plans.plans import Node, Plan
from gan_core.specs import layers as L

from .network import named, native_axes
from .stored_weights import IGNORED, stored_weights

SUFFIX = ".keras"
_Options = dict[str, Any]  # the name of a layer, and its dtype


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
    arrays: dict[str, Any] = {}
    for name, spec in plan.inputs.items():  # channels last
        shape, kind = (*spec.shape[1:], *spec.shape[:1]), "int32" if spec.kind == "label" else dtype
        arrays[name] = keras.Input(shape, name=name, dtype=kind)
    inputs = list(arrays.values())
    for node in plan.nodes:
        read = [arrays[name] for name in node.inputs]
        arrays[node.name] = standard_layer(node.layer, node, read, {"name": node.name, "dtype": dtype})
    made = {name: arrays[name] for name in plan.heads} if plan.heads[1:] else arrays[plan.output]
    return keras.Model(inputs, made, name=plan.name.replace("-", "_"))


@singledispatch
def standard_layer(layer: L.Layer, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    raise NotImplementedError


@standard_layer.register
def dense(layer: L.Dense, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    return K.Dense(layer.units, use_bias=layer.bias, **options)(inputs[0])


@standard_layer.register
def conv(layer: L.Conv, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    x, pixels = inputs[0], (node.plan.edges.before, node.plan.edges.after)
    if any(pixels):
        x = K.ZeroPadding2D((pixels, pixels), **options | {"name": f"{node.name}_padding"})(x)
    return K.Conv2D(layer.channels, layer.kernel, layer.stride, use_bias=layer.bias, **options)(x)


@standard_layer.register
def conv_transpose(layer: L.ConvTranspose, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    before, more = node.plan.edges.before, max(layer.stride - layer.kernel, 0)  # which Keras adds below its output
    beyond = node.plan.edges.after - layer.output_padding + more
    if beyond < 0:
        raise BackendError(f"layer '{node.name}': Keras has no standard layer for its output_padding")
    y = K.Conv2DTranspose(layer.channels, layer.kernel, layer.stride, use_bias=layer.bias, **options)(inputs[0])
    crop = options | {"name": f"{node.name}_cropping"}
    return K.Cropping2D(((before, beyond),) * 2, **crop)(y) if before or beyond else y


@standard_layer.register
def batch_norm(layer: L.BatchNorm, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    settings = {"epsilon": layer.epsilon, "center": layer.affine, "scale": layer.affine}
    return K.BatchNormalization(momentum=1 - layer.running_update_rate, **settings, **options)(inputs[0])


@standard_layer.register(L.LayerNorm)
@standard_layer.register(L.InstanceNorm)
def group_norm(
    layer: L.LayerNorm | L.InstanceNorm, node: Node, inputs: Sequence[KerasTensor], options: _Options
) -> KerasTensor:
    groups = 1 if isinstance(layer, L.LayerNorm) else -1  # -1 is Keras's word for "a channel each"
    settings = {"epsilon": layer.epsilon, "center": layer.affine, "scale": layer.affine}
    return K.GroupNormalization(groups, **settings, **options)(inputs[0])


@standard_layer.register(L.Flatten)
@standard_layer.register(L.Reshape)
def reshape(layer: L.Layer, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    """Reshape in the order of [N, C, H, W]: turned to it before, and back after."""
    x, shape = inputs[0], node.plan.output_shape
    if len(node.input_shapes[0]) == 3:
        x = K.Permute((3, 1, 2), **options | {"name": f"{node.name}_channels_first"})(x)
    x = K.Reshape(shape, **options)(x)
    return K.Permute((2, 3, 1), **options | {"name": f"{node.name}_channels_last"})(x) if len(shape) == 3 else x


@standard_layer.register
def embedding(layer: L.Embedding, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    return K.Embedding(layer.classes, layer.units, **options)(inputs[0])


@standard_layer.register
def relu(layer: L.ReLU, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    return K.ReLU(**options)(inputs[0])


@standard_layer.register
def leaky_relu(layer: L.LeakyReLU, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    return K.LeakyReLU(layer.slope, **options)(inputs[0])


@standard_layer.register
def elu(layer: L.ELU, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    return K.ELU(**options)(inputs[0])


@standard_layer.register(L.Tanh)
@standard_layer.register(L.Sigmoid)
def squashed(layer: L.Layer, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    return K.Activation("tanh" if isinstance(layer, L.Tanh) else "sigmoid", **options)(inputs[0])


@standard_layer.register
def dropout(layer: L.Dropout, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    return K.Dropout(layer.rate, **options)(inputs[0])


@standard_layer.register(L.AveragePool)
@standard_layer.register(L.MaxPool)
def pooled(
    layer: L.AveragePool | L.MaxPool, node: Node, inputs: Sequence[KerasTensor], options: _Options
) -> KerasTensor:
    kind = K.AveragePooling2D if isinstance(layer, L.AveragePool) else K.MaxPooling2D
    return kind(layer.size, node.plan.pool_step, **options)(inputs[0])


@standard_layer.register
def upsample(layer: L.Upsample, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    return K.UpSampling2D(layer.factor, **options)(inputs[0])


@standard_layer.register
def concat(layer: L.Concat, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    return K.Concatenate(**options)(inputs)


@standard_layer.register
def add(layer: L.Add, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    return K.Add(**options)(inputs)


@standard_layer.register
def scale(layer: L.Scale, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    return K.Rescaling(layer.factor, **options)(inputs[0])
