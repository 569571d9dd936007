"""A network's weights as PyTorch's own file, and the plain script that runs them: nothing of this library in either.

The file is a state dict, named ``dense_1.weight``: it loads into an `nn.Sequential`, an `nn.ModuleDict` or a class of
one's own that has such layers.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

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
