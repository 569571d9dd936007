"""A network's weights as Paddle's own file, and the plain script that runs them: nothing of this library in either.

The file is a state dict, named ``dense_1.weight``: it loads into an `nn.Sequential`, an `nn.LayerDict` or a class of
one's own that has such layers. Paddle keeps dense weights as [in, out].
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import paddle

from gan_core.contract.native_script import Words, beside_script, body, signature, trial, words_of
from gan_core.contract.weight_matching import Slot, matched, slots_of
from gan_core.files.file_parts import opened_part
from gan_core.plans.plans import Node, Plan
from gan_core.specs import layers as L

from .stored_weights import IGNORED, stored_weights

SUFFIX = ".pdparams"


def write_weights(plan: Plan, values: Mapping[str, np.ndarray], path: Path) -> None:
    names, turned = _native_names(plan), _turned(plan)
    arrays = {names[name]: value.T.copy() if name in turned else value for name, value in values.items()}
    paddle.save({name: paddle.to_tensor(value) for name, value in arrays.items()}, str(path))


def weight_slots(plan: Plan) -> list[Slot]:
    names, turned = _native_names(plan), _turned(plan)
    return slots_of(plan, names.__getitem__, lambda name, rank: (1, 0) if name in turned else tuple(range(rank)))


def read_weights(plan: Plan, path: Path) -> dict[str, np.ndarray]:
    with opened_part(path) as part:
        return matched(plan, weight_slots(plan), stored_weights(part), path, ignored=IGNORED)


def write_script(plan: Plan, weights: Path, path: Path) -> None:
    modules, lines = body(plan, LAYERS, "PaddlePaddle")
    text = [
        "from pathlib import Path",
        "",
        "import numpy as np",
        "import paddle",
        "import paddle.nn.functional as F",
        "from paddle import nn",
        "",
        "layers = nn.LayerDict({",
        *modules,
        "})",
        f"weights = paddle.load(str({beside_script(weights)}))",
        "dtype = next(iter(weights.values())).dtype",
        "layers.to(dtype=dtype)",
        "layers.set_state_dict(weights)",
        "layers.eval()  # batch norm by its running statistics",
        "",
        "",
        "@paddle.no_grad()",
        signature(plan),
        *lines,
        *trial(plan, _array),
        "",
    ]
    path.write_text("\n".join(text), encoding="utf-8")


def _array(array: str, labels: bool) -> str:
    return f"paddle.to_tensor({array})" if labels else f"paddle.to_tensor({array}, dtype=dtype)"


def _native_names(plan: Plan) -> dict[str, str]:
    """Canonical name → Paddle's. Raises `BackendError` where Paddle has no standard layer."""
    names = {}
    for node in plan.nodes:
        words_of(node, LAYERS, "PaddlePaddle")
        own = {"running_mean": "_mean", "running_variance": "_variance"}
        if isinstance(node.layer, L.InstanceNorm):
            own = {"weight": "scale"}
        names |= {f"{node.name}.{key}": f"{node.name}.{own.get(key, key)}" for key in _kept(node)}
    return names


def _kept(node: Node) -> list[str]:
    return [*node.plan.weights, *node.plan.buffers]


def _turned(plan: Plan) -> set[str]:
    return {f"{node.name}.weight" for node in plan.nodes if isinstance(node.layer, L.Dense)}


def _own(node: Node, module: str, given: str) -> tuple[str, str]:
    return module, f'layers["{node.name}"]({given})'


def _bias(wanted: bool) -> bool | None:
    return None if wanted else False  # Paddle's word for "the default one"


def _affine(wanted: bool) -> str:
    return f"weight_attr={_bias(wanted)}, bias_attr={_bias(wanted)}"


def _dense(node: Node, inputs: Sequence[str]) -> tuple[str, str]:
    sizes = f"{node.input_shapes[0][0]}, {node.layer.units}"
    return _own(node, f"nn.Linear({sizes}, bias_attr={_bias(node.layer.bias)})", inputs[0])


def _conv(node: Node, inputs: Sequence[str]) -> tuple[str, str]:
    layer = node.layer
    (before, after), given = layer.padding_before_after, inputs[0]
    padding = before if before == after else 0
    if before != after:
        given = f"F.pad({given}, [{before}, {after}, {before}, {after}])"
    sizes = f"{node.input_shapes[0][0]}, {layer.channels}, {layer.kernel}, stride={layer.stride}, padding={padding}"
    return _own(node, f"nn.Conv2D({sizes}, bias_attr={_bias(layer.bias)})", given)


def _conv_transpose(node: Node, inputs: Sequence[str]) -> tuple[str, str]:
    layer = node.layer
    (before, after), (_, height, width) = layer.padding_before_after, node.plan.output_shape
    padding = min(before, after)
    sizes = f"{node.input_shapes[0][0]}, {layer.channels}, {layer.kernel}, stride={layer.stride}, padding={padding}"
    more = f"output_padding={layer.output_padding}, bias_attr={_bias(layer.bias)}"
    module, call = _own(node, f"nn.Conv2DTranspose({sizes}, {more})", inputs[0])
    first = before - padding
    return module, call if before == after else f"{call}[:, :, {first}:{first + height}, {first}:{first + width}]"


def _batch_norm(node: Node, inputs: Sequence[str]) -> tuple[str, str]:
    layer, (channels, *sides) = node.layer, node.input_shapes[0]
    settings = f"momentum={1 - layer.running_update_rate}, epsilon={layer.epsilon}, {_affine(layer.affine)}"
    return _own(node, f"nn.BatchNorm{2 if sides else 1}D({channels}, {settings})", inputs[0])


def _layer_norm(node: Node, inputs: Sequence[str]) -> tuple[str, str]:
    settings = f"epsilon={node.layer.epsilon}, {_affine(node.layer.affine)}"
    return _own(node, f"nn.GroupNorm(1, {node.input_shapes[0][0]}, {settings})", inputs[0])


def _instance_norm(node: Node, inputs: Sequence[str]) -> tuple[str, str]:
    settings = f"epsilon={node.layer.epsilon}, {_affine(node.layer.affine)}"
    return _own(node, f"nn.InstanceNorm2D({node.input_shapes[0][0]}, {settings})", inputs[0])


def _embedding(node: Node, inputs: Sequence[str]) -> tuple[str, str]:
    return _own(node, f"nn.Embedding({node.layer.classes}, {node.layer.units})", inputs[0])


def _reshape(node: Node, inputs: Sequence[str]) -> tuple[None, str]:
    return None, f"{inputs[0]}.reshape([-1, {', '.join(map(str, node.plan.output_shape))}])"


def _pool(node: Node, inputs: Sequence[str]) -> tuple[None, str]:
    kind = "avg" if isinstance(node.layer, L.AveragePool) else "max"
    return None, f"F.{kind}_pool2d({inputs[0]}, {node.layer.size}, {node.layer.stride or node.layer.size})"


def _maxout(node: Node, inputs: Sequence[str]) -> tuple[None, str]:
    units, *sides = node.plan.output_shape
    shape = ", ".join(str(size) for size in (units, node.layer.pieces, *sides))
    return None, f"{inputs[0]}.reshape([-1, {shape}]).max(2)"


LAYERS: dict[type, Words] = {
    L.Dense: _dense,
    L.Conv: _conv,
    L.ConvTranspose: _conv_transpose,
    L.BatchNorm: _batch_norm,
    L.LayerNorm: _layer_norm,
    L.InstanceNorm: _instance_norm,
    L.Embedding: _embedding,
    L.ReLU: lambda node, inputs: (None, f"F.relu({inputs[0]})"),
    L.LeakyReLU: lambda node, inputs: (None, f"F.leaky_relu({inputs[0]}, {node.layer.slope})"),
    L.ELU: lambda node, inputs: (None, f"F.elu({inputs[0]})"),
    L.Tanh: lambda node, inputs: (None, f"paddle.tanh({inputs[0]})"),
    L.Sigmoid: lambda node, inputs: (None, f"F.sigmoid({inputs[0]})"),
    L.Dropout: lambda node, inputs: (None, inputs[0]),
    L.Flatten: _reshape,
    L.Reshape: _reshape,
    L.AveragePool: _pool,
    L.MaxPool: _pool,
    L.Upsample: lambda node, inputs: (
        None,
        f'F.interpolate({inputs[0]}, scale_factor={node.layer.factor}, mode="nearest")',
    ),
    L.Concat: lambda node, inputs: (None, f"paddle.concat([{', '.join(inputs)}], axis=1)"),
    L.Add: lambda node, inputs: (None, " + ".join(inputs)),
    L.Scale: lambda node, inputs: (None, f"{inputs[0]} * {node.layer.factor}"),
    L.Maxout: _maxout,
}
