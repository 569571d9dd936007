"""Small ONNX files that stand in for feature extractors."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def onnx_file(
    path: Path,
    shape: tuple[int | str, ...] = ("N", 3, 8, 8),
    kind: int = TensorProto.FLOAT,
    metadata: dict[str, str] | None = None,
    logits: bool = False,
) -> Path:
    """A network that flattens its input to float features, and perhaps gives the first two as logits."""
    nodes = [
        helper.make_node("Cast", ["x"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Flatten", ["float"], ["features"]),
    ]
    outputs = [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", None])]
    weights = []
    if logits:
        weights = [numpy_helper.from_array(np.array([0, 1]), "first")]
        nodes.append(helper.make_node("Gather", ["features", "first"], ["logits"], axis=1))
        outputs.append(helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", 2]))
    given = [helper.make_tensor_value_info("x", kind, shape)]
    graph = helper.make_graph(nodes, "flat", given, outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, metadata or {})
    onnx.save(model, str(path))
    return path
