"""A network as Keras's own file, and the plain script that runs it: nothing of this library in either.

The file is a functional model of Keras's standard layers, under the names of the plan. Images are [N, H, W, C] at its
inputs and its output; labels are integers [N].
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import keras
import numpy as np
from keras import KerasTensor
from keras import layers as K

from gan_core.contract.native_script import beside_script, signature, trial, variable, words_of
from gan_core.contract.weight_matching import Slot, matched, slots_of
from gan_core.errors import BackendError
from gan_core.files.file_parts import opened_part
from gan_core.plans.plans import Node, Plan
from gan_core.specs import layers as L

from .network import _axes, named
from .stored_weights import IGNORED, stored_weights

SUFFIX = ".keras"
_Build = Callable[[Node, Sequence[KerasTensor], str], KerasTensor]  # (node, its inputs, dtype) → its output


def write_weights(plan: Plan, values: Mapping[str, np.ndarray], path: Path) -> None:
    model = _model(plan, np.result_type(*values.values()).name if values else "float32")
    for name, (slot, axes) in _slots(plan, model).items():
        slot.assign(np.transpose(values[name], axes))
    model.save(path)


def weight_slots(plan: Plan) -> list[Slot]:
    names, layers = {}, {}
    for node in plan.nodes:
        words_of(node, LAYERS, "Keras")
        for index, key in enumerate((*node.plan.weights, *node.plan.buffers)):
            names[f"{node.name}.{key}"], layers[f"{node.name}.{key}"] = f"{node.name}.{index}", node.layer
    return slots_of(plan, names.__getitem__, lambda name, rank: _axes(layers[name], rank))


def read_weights(plan: Plan, path: Path) -> dict[str, np.ndarray]:
    with opened_part(path) as part:
        return matched(plan, weight_slots(plan), stored_weights(part), path, ignored=IGNORED)


def write_script(plan: Plan, weights: Path, path: Path) -> None:
    for node in plan.nodes:
        words_of(node, LAYERS, "Keras")
    names = ", ".join(variable(name) for name in plan.inputs)
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
        f"    return model([{names}], training=False)",
        *trial(plan, _array, last=True),
        "",
    ]
    path.write_text("\n".join(text), encoding="utf-8")


def _array(array: str, labels: bool) -> str:
    return array  # the model makes its own precision of it


def _model(plan: Plan, dtype: str) -> keras.Model:
    """Return a plan as a functional model. Raises `BackendError` where Keras has no standard layer."""
    arrays = {}
    for name, given in plan.inputs.items():
        kind = "int32" if given.kind == "label" else dtype
        arrays[name] = keras.Input(_last(given.shape), name=name, dtype=kind)
    inputs = list(arrays.values())
    for node in plan.nodes:
        build = words_of(node, LAYERS, "Keras")
        arrays[node.name] = build(node, [arrays[name] for name in node.inputs], dtype)
    return keras.Model(inputs, arrays[plan.nodes[-1].name], name=plan.name.replace("-", "_"))


def _slots(plan: Plan, model: keras.Model) -> dict[str, tuple[keras.Variable, tuple[int, ...]]]:
    """Canonical name → the model's variable, and the order in which it keeps the axes."""
    return {
        f"{node.name}.{key}": (slot, _axes(node.layer, len(slot.shape)))
        for node in plan.nodes
        if node.plan.weights or node.plan.buffers
        for key, slot in named(model.get_layer(node.name))
    }


def _last(shape: Sequence[int]) -> tuple[int, ...]:
    """[C, H, W] → [H, W, C]."""
    return (*shape[1:], *shape[:1])


def _dense(node: Node, inputs: Sequence[KerasTensor], dtype: str) -> KerasTensor:
    return K.Dense(node.layer.units, use_bias=node.layer.bias, name=node.name, dtype=dtype)(inputs[0])


def _conv(node: Node, inputs: Sequence[KerasTensor], dtype: str) -> KerasTensor:
    layer, x = node.layer, inputs[0]
    if any(layer.padding_before_after):
        x = K.ZeroPadding2D((layer.padding_before_after,) * 2, name=f"{node.name}_padding", dtype=dtype)(x)
    made = K.Conv2D(
        layer.channels, layer.kernel, strides=layer.stride, use_bias=layer.bias, name=node.name, dtype=dtype
    )
    return made(x)


def _conv_transpose(node: Node, inputs: Sequence[KerasTensor], dtype: str) -> KerasTensor:
    layer, (before, after) = node.layer, node.layer.padding_before_after
    made = K.Conv2DTranspose(
        layer.channels, layer.kernel, strides=layer.stride, use_bias=layer.bias, name=node.name, dtype=dtype
    )
    beyond = after - layer.output_padding + max(layer.stride - layer.kernel, 0)  # which Keras adds below its output
    if beyond < 0:
        raise BackendError(f"layer '{node.name}': Keras has no standard layer for its output_padding")
    y = made(inputs[0])
    crop = K.Cropping2D(((before, beyond),) * 2, name=f"{node.name}_cropping", dtype=dtype)
    return crop(y) if before or beyond else y


def _batch_norm(node: Node, inputs: Sequence[KerasTensor], dtype: str) -> KerasTensor:
    layer = node.layer
    made = K.BatchNormalization(
        momentum=1 - layer.running_update_rate,
        epsilon=layer.epsilon,
        center=layer.affine,
        scale=layer.affine,
        name=node.name,
        dtype=dtype,
    )
    return made(inputs[0])


def _group_norm(node: Node, inputs: Sequence[KerasTensor], dtype: str) -> KerasTensor:
    layer = node.layer
    groups = 1 if isinstance(layer, L.LayerNorm) else -1  # -1 is Keras's word for "a channel each"
    made = K.GroupNormalization(
        groups, epsilon=layer.epsilon, center=layer.affine, scale=layer.affine, name=node.name, dtype=dtype
    )
    return made(inputs[0])


def _embedding(node: Node, inputs: Sequence[KerasTensor], dtype: str) -> KerasTensor:
    return K.Embedding(node.layer.classes, node.layer.units, name=node.name, dtype=dtype)(inputs[0])


def _reshape(node: Node, inputs: Sequence[KerasTensor], dtype: str) -> KerasTensor:
    """Reshape in the order of [N, C, H, W]: turned to it before, and back after."""
    x, shape = inputs[0], node.plan.output_shape
    if len(node.input_shapes[0]) == 3:
        x = K.Permute((3, 1, 2), name=f"{node.name}_channels_first", dtype=dtype)(x)
    x = K.Reshape(shape, name=node.name, dtype=dtype)(x)
    return K.Permute((2, 3, 1), name=f"{node.name}_channels_last", dtype=dtype)(x) if len(shape) == 3 else x


def _simple(make: Callable[..., K.Layer]) -> _Build:
    """A layer without weights of one input, made from the spec."""
    return lambda node, inputs, dtype: make(node.layer, name=node.name, dtype=dtype)(inputs[0])


LAYERS: dict[type, _Build] = {
    L.Dense: _dense,
    L.Conv: _conv,
    L.ConvTranspose: _conv_transpose,
    L.BatchNorm: _batch_norm,
    L.LayerNorm: _group_norm,
    L.InstanceNorm: _group_norm,
    L.Embedding: _embedding,
    L.ReLU: _simple(lambda layer, **named: K.ReLU(**named)),
    L.LeakyReLU: _simple(lambda layer, **named: K.LeakyReLU(layer.slope, **named)),
    L.ELU: _simple(lambda layer, **named: K.ELU(**named)),
    L.Tanh: _simple(lambda layer, **named: K.Activation("tanh", **named)),
    L.Sigmoid: _simple(lambda layer, **named: K.Activation("sigmoid", **named)),
    L.Dropout: _simple(lambda layer, **named: K.Dropout(layer.rate, **named)),
    L.Flatten: _reshape,
    L.Reshape: _reshape,
    L.AveragePool: _simple(lambda layer, **named: K.AveragePooling2D(layer.size, layer.stride, **named)),
    L.MaxPool: _simple(lambda layer, **named: K.MaxPooling2D(layer.size, layer.stride, **named)),
    L.Upsample: _simple(lambda layer, **named: K.UpSampling2D(layer.factor, **named)),
    L.Concat: lambda node, inputs, dtype: K.Concatenate(name=node.name, dtype=dtype)(inputs),
    L.Add: lambda node, inputs, dtype: K.Add(name=node.name, dtype=dtype)(inputs),
    L.Scale: _simple(lambda layer, **named: K.Rescaling(layer.factor, **named)),
}
