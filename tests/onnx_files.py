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


def written(
    path: Path,
    nodes: list[onnx.NodeProto],
    outputs: list[tuple[str, list[int | str | None]]],
    weights: dict[str, np.ndarray] | None = None,
    shape: tuple[int | str, ...] = ("N", 1, 8, 8),
    metadata: dict[str, str] | None = None,
) -> Path:
    """A file of these nodes, from floats ``x`` of a shape to float outputs."""
    named = [numpy_helper.from_array(np.asarray(value), name) for name, value in (weights or {}).items()]
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, sides) for name, sides in outputs],
        named,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, metadata or {})
    onnx.save(model, str(path))
    return path


def node(kind: str, inputs: str, output: str, **attributes: object) -> onnx.NodeProto:
    """A node; inputs: names with spaces between."""
    return helper.make_node(kind, inputs.split(), [output], **attributes)


def endless(path: Path) -> Path:
    """A loop of 2⁶² turns, each of which adds 1."""
    body = helper.make_graph(
        [node("Identity", "going", "go_on"), node("Add", "value one", "sum")],
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("going", TensorProto.BOOL, []),
            helper.make_tensor_value_info("value", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("sum", TensorProto.FLOAT, None),
        ],
        [numpy_helper.from_array(np.float32([[1]]), "one")],
    )
    nodes = [node("Flatten", "x", "flat"), node("Loop", "turns yes flat", "features", body=body)]
    return written(path, nodes, [("features", ["N", 64])], {"turns": np.int64(2**62), "yes": np.bool_(True)})


def of_many_values(path: Path, count: int, a_sample: bool = False) -> Path:
    """A graph that works out e^max of so many values on its way, in all or for each sample."""
    nodes = [node("ReduceMax", "x", "most", axes=[1, 2, 3], keepdims=0), node("Flatten", "x", "flat")]
    if a_sample:
        nodes += [node("Unsqueeze", "most one", "column"), node("Expand", "column wide", "many")]
    else:
        nodes += [node("ReduceMax", "most", "top", keepdims=0), node("Expand", "top wide", "many")]
    nodes += [node("Exp", "many", "powers"), node("ReduceMean", "powers", "mean", keepdims=0)]
    nodes += [node("Add", "flat mean", "features")]
    weights = {"wide": np.array([1, count] if a_sample else [count]), "one": np.array([1])}
    return written(path, nodes, [("features", ["N", 64])], weights)
