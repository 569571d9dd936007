"""A network's weights as PyTorch's own file, and the plain script that runs them: nothing of this library in either.

The file is a state dict, named ``dense_1.weight``: it loads into an `nn.Sequential`, an `nn.ModuleDict` or a class of
one's own that has such layers.
"""

from collections.abc import Mapping, Sequence
from functools import singledispatch
from pathlib import Path

import numpy as np
import torch

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

from .network import native_axes
from .stored_weights import IGNORED, stored_weights

SUFFIX = ".pt"
_NAMES = {"running_variance": "running_var"}


def write_weights(plan: Plan, values: Mapping[str, np.ndarray], path: Path) -> None:
    arrays = file_arrays(plan)
    tensors = {array.native: torch.from_numpy(np.array(values[array.name])) for array in arrays}
    for node in plan.nodes:
        if isinstance(node.layer, L.BatchNorm):  # PyTorch's own counts batches, if only to average over all of them
            tensors[f"{node.name}.num_batches_tracked"] = torch.zeros((), dtype=torch.int64)
    torch.save(tensors, path)


def file_arrays(plan: Plan) -> list[FileArray]:
    require_standard(plan, standard_layer.registry.keys() | common_words.registry.keys(), _DIALECT.framework)
    return file_arrays_of(plan, native_name, native_axes)


def native_name(node: Node, key: str) -> str:
    return f"{node.name}.{_NAMES.get(key, key)}"


def read_weights(plan: Plan, path: Path) -> dict[str, np.ndarray]:
    return read_file(plan, file_arrays(plan), stored_weights, path, IGNORED)


def write_script(plan: Plan, weights: Path, path: Path) -> None:
    require_standard(plan, standard_layer.registry.keys() | common_words.registry.keys(), _DIALECT.framework)
    write_module_script(plan, weights, path, _DIALECT, standard_layer)


_DIALECT = ScriptDialect(
    framework="PyTorch",
    imports=("import torch", "import torch.nn.functional as F", "from torch import nn"),
    container="nn.ModuleDict",
    load=(
        "weights = torch.load(WEIGHTS, weights_only=True)",
        "dtype = next(iter(weights.values())).dtype",
        "layers.to(dtype).load_state_dict(weights)",
    ),
    decorator="@torch.no_grad()",
    array=lambda array, labels: f"torch.tensor({array})" if labels else f"torch.tensor({array}, dtype=dtype)",
)


@singledispatch
def standard_layer(layer: L.Layer, node: Node, inputs: Sequence[str]) -> LayerWords:
    return common_words(layer, node, inputs)


@standard_layer.register
def dense(layer: L.Dense, node: Node, inputs: Sequence[str]) -> LayerWords:
    return in_table(node, f"nn.Linear({node.input_shapes[0][0]}, {layer.units}, bias={layer.bias})", inputs[0])


@standard_layer.register
def conv(layer: L.Conv, node: Node, inputs: Sequence[str]) -> LayerWords:
    rest = node.plan.edges.rest
    argument = f"F.pad({inputs[0]}, {rest * 2})" if any(rest) else inputs[0]
    return in_table(node, f"nn.Conv2d({sizes(node, layer)}, bias={layer.bias})", argument)


@standard_layer.register
def conv_transpose(layer: L.ConvTranspose, node: Node, inputs: Sequence[str]) -> LayerWords:
    more = f"output_padding={layer.output_padding}, bias={layer.bias}"
    module, call = in_table(node, f"nn.ConvTranspose2d({sizes(node, layer)}, {more})", inputs[0])
    return module, cropped(node, call)


@standard_layer.register
def batch_norm(layer: L.BatchNorm, node: Node, inputs: Sequence[str]) -> LayerWords:
    channels, *sides = node.input_shapes[0]
    settings = f"eps={layer.epsilon}, momentum={layer.running_update_rate}, affine={layer.affine}"
    return in_table(node, f"nn.BatchNorm{2 if sides else 1}d({channels}, {settings})", inputs[0])


@standard_layer.register
def layer_norm(layer: L.LayerNorm, node: Node, inputs: Sequence[str]) -> LayerWords:
    settings = f"eps={layer.epsilon}, affine={layer.affine}"
    return in_table(node, f"nn.GroupNorm(1, {node.input_shapes[0][0]}, {settings})", inputs[0])


@standard_layer.register
def instance_norm(layer: L.InstanceNorm, node: Node, inputs: Sequence[str]) -> LayerWords:
    settings = f"eps={layer.epsilon}, affine={layer.affine}"
    return in_table(node, f"nn.InstanceNorm2d({node.input_shapes[0][0]}, {settings})", inputs[0])


@standard_layer.register
def tanh(layer: L.Tanh, node: Node, inputs: Sequence[str]) -> LayerWords:
    return None, f"torch.tanh({inputs[0]})"


@standard_layer.register
def sigmoid(layer: L.Sigmoid, node: Node, inputs: Sequence[str]) -> LayerWords:
    return None, f"torch.sigmoid({inputs[0]})"


@standard_layer.register(L.Flatten)
@standard_layer.register(L.Reshape)
def reshape(layer: L.Layer, node: Node, inputs: Sequence[str]) -> LayerWords:
    return None, f"{inputs[0]}.reshape(-1, {', '.join(map(str, node.plan.output_shape))})"


@standard_layer.register
def concat(layer: L.Concat, node: Node, inputs: Sequence[str]) -> LayerWords:
    return None, f"torch.cat([{', '.join(inputs)}], dim=1)"


@standard_layer.register
def maxout(layer: L.Maxout, node: Node, inputs: Sequence[str]) -> LayerWords:
    units, *sides = node.plan.output_shape
    shape = ", ".join(str(size) for size in (units, layer.pieces, *sides))
    return None, f"{inputs[0]}.reshape(-1, {shape}).amax(2)"
