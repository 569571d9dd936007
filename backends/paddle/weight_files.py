"""A network's weights as Paddle's own file, and the plain script that runs them: nothing of this library in either.

The file is a state dict, named ``dense_1.weight``: it loads into an `nn.Sequential`, an `nn.LayerDict` or a class of
one's own that has such layers. Paddle keeps dense weights as [in, out].
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import paddle

from gan_core.contract.native_script import (
    ScriptDialect,
    common_words,
    require_standard,
    write_module_script,
)
from gan_core.contract.weight_matching import FileArray, file_arrays_of, read_file
from gan_core.plans.plans import Node, Plan
from gan_core.specs import layers as L

from .network import native_axes
from .standard_layers import standard_layer
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
