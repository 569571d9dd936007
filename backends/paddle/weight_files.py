"""A network's weights as Paddle's own file, and the plain script that runs them: nothing of this library in either.

The file is a state dict, named ``dense_1.weight``: it loads into an `nn.Sequential`, an `nn.LayerDict` or a class of
one's own that has such layers. Paddle keeps dense weights as [in, out].
"""

from collections.abc import Mapping, Sequence
from functools import singledispatch
from pathlib import Path

import numpy as np
import paddle

from gan_core.contract.native_script import (
    LayerWords,
    ScriptDialect,
    common_words,
    cropped,
    in_table,
    require_standard,
    sizes,
    write_module_script,
)
from gan_core.contract.weight_matching import FileArray, file_arrays_of, read_file
from gan_core.plans.plans import Node, Plan
from gan_core.specs import layers as L

from .kernels import default_or_none
from .network import native_axes
from .stored_weights import IGNORED, stored_weights

SUFFIX = ".pdparams"
_NAMES = {"running_mean": "_mean", "running_variance": "_variance"}


def write_weights(plan: Plan, values: Mapping[str, np.ndarray], path: Path) -> None:
    arrays = file_arrays(plan)
    turned = {array.native: np.transpose(values[array.name], array.axes).copy() for array in arrays}
    paddle.save({name: paddle.to_tensor(value) for name, value in turned.items()}, str(path))


def file_arrays(plan: Plan) -> list[FileArray]:
    require_standard(plan, standard_layer.registry.keys() | common_words.registry.keys(), _DIALECT.framework)
    return file_arrays_of(plan, native_name, native_axes)


def native_name(node: Node, key: str) -> str:
    names = {"weight": "scale"} if isinstance(node.layer, L.InstanceNorm) else _NAMES
    return f"{node.name}.{names.get(key, key)}"


def read_weights(plan: Plan, path: Path) -> dict[str, np.ndarray]:
    return read_file(plan, file_arrays(plan), stored_weights, path, IGNORED)


def write_script(plan: Plan, weights: Path, path: Path) -> None:
    require_standard(plan, standard_layer.registry.keys() | common_words.registry.keys(), _DIALECT.framework)
    write_module_script(plan, weights, path, _DIALECT, standard_layer)


_DIALECT = ScriptDialect(
    framework="PaddlePaddle",
    imports=("import paddle", "import paddle.nn.functional as F", "from paddle import nn"),
    container="nn.LayerDict",
    load=(
        "weights = paddle.load(str(WEIGHTS))",
        "dtype = next(iter(weights.values())).dtype",
        "layers.to(dtype=dtype)",
        "layers.set_state_dict(weights)",
    ),
    decorator="@paddle.no_grad()",
    array=lambda array, labels: f"paddle.to_tensor({array})" if labels else f"paddle.to_tensor({array}, dtype=dtype)",
)


def _affine(wanted: bool) -> str:
    return f"weight_attr={default_or_none(wanted)}, bias_attr={default_or_none(wanted)}"


@singledispatch
def standard_layer(layer: L.Layer, node: Node, inputs: Sequence[str]) -> LayerWords:
    return common_words(layer, node, inputs)


@standard_layer.register
def dense(layer: L.Dense, node: Node, inputs: Sequence[str]) -> LayerWords:
    bias = f"bias_attr={default_or_none(layer.bias)}"
    return in_table(node, f"nn.Linear({node.input_shapes[0][0]}, {layer.units}, {bias})", inputs[0])


@standard_layer.register
def conv(layer: L.Conv, node: Node, inputs: Sequence[str]) -> LayerWords:
    rest = node.plan.edges.rest
    argument = f"F.pad({inputs[0]}, {[*rest, *rest]})" if any(rest) else inputs[0]
    return in_table(node, f"nn.Conv2D({sizes(node, layer)}, bias_attr={default_or_none(layer.bias)})", argument)


@standard_layer.register
def conv_transpose(layer: L.ConvTranspose, node: Node, inputs: Sequence[str]) -> LayerWords:
    more = f"output_padding={layer.output_padding}, bias_attr={default_or_none(layer.bias)}"
    module, call = in_table(node, f"nn.Conv2DTranspose({sizes(node, layer)}, {more})", inputs[0])
    return module, cropped(node, call)


@standard_layer.register
def batch_norm(layer: L.BatchNorm, node: Node, inputs: Sequence[str]) -> LayerWords:
    channels, *sides = node.input_shapes[0]
    settings = f"momentum={1 - layer.running_update_rate}, epsilon={layer.epsilon}, {_affine(layer.affine)}"
    return in_table(node, f"nn.BatchNorm{2 if sides else 1}D({channels}, {settings})", inputs[0])


@standard_layer.register
def layer_norm(layer: L.LayerNorm, node: Node, inputs: Sequence[str]) -> LayerWords:
    settings = f"epsilon={layer.epsilon}, {_affine(layer.affine)}"
    return in_table(node, f"nn.GroupNorm(1, {node.input_shapes[0][0]}, {settings})", inputs[0])


@standard_layer.register
def instance_norm(layer: L.InstanceNorm, node: Node, inputs: Sequence[str]) -> LayerWords:
    settings = f"epsilon={layer.epsilon}, {_affine(layer.affine)}"
    return in_table(node, f"nn.InstanceNorm2D({node.input_shapes[0][0]}, {settings})", inputs[0])


@standard_layer.register
def tanh(layer: L.Tanh, node: Node, inputs: Sequence[str]) -> LayerWords:
    return None, f"paddle.tanh({inputs[0]})"


@standard_layer.register
def sigmoid(layer: L.Sigmoid, node: Node, inputs: Sequence[str]) -> LayerWords:
    return None, f"F.sigmoid({inputs[0]})"


@standard_layer.register(L.Flatten)
@standard_layer.register(L.Reshape)
def reshape(layer: L.Layer, node: Node, inputs: Sequence[str]) -> LayerWords:
    return None, f"{inputs[0]}.reshape([-1, {', '.join(map(str, node.plan.output_shape))}])"


@standard_layer.register
def concat(layer: L.Concat, node: Node, inputs: Sequence[str]) -> LayerWords:
    return None, f"paddle.concat([{', '.join(inputs)}], axis=1)"


@standard_layer.register
def maxout(layer: L.Maxout, node: Node, inputs: Sequence[str]) -> LayerWords:
    units, *sides = node.plan.output_shape
    shape = ", ".join(str(size) for size in (units, layer.pieces, *sides))
    return None, f"{inputs[0]}.reshape([-1, {shape}]).max(2)"
