"""Graphs as ONNX models: inputs, outputs, and what the file says of itself. Needs the package `onnx`."""

import importlib.util
import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from gan_core.errors import UsageError
from gan_core.files.whole_files import written_whole
from gan_core.plans.plans import Plan
from gan_core.sharing.onnx_graph import Graph
from gan_core.sharing.onnx_networks import Values, write_chain
from gan_core.specs.networks import Input

OPSET, IR_VERSION = 18, 8  # of early 2023, which every runtime in use reads
LARGEST_BYTES = 2**31 - 2**20  # of the format itself
BATCH = "batch"  # the name of the free axis


def require(module: str, purpose: str) -> None:
    """Raise `UsageError`, with the command that installs it, unless a package can be found."""
    if importlib.util.find_spec(module) is None:
        raise UsageError(f"{purpose} needs {module}, which is not installed: run  pip install 'gan-core[onnx]'")


def build_model(
    plans: Sequence[Plan], values: Mapping[str, Values], metadata: Mapping[str, str], summary: str = ""
) -> Any:
    """Return the checked ONNX model of a network and of those that read on from it.

    plans, values: see `write_chain`. metadata: what the file states, texts by name. summary: a sentence or two for
    people. Raises `UsageError` for a layer that cannot be written, and for a network that is too large for a file.
    """
    require("onnx", "an ONNX file")
    import onnx
    from onnx import helper

    if (size := 4 * sum(plan.parameters for plan in plans)) > LARGEST_BYTES:
        raise UsageError(f"network '{plans[0].name}' takes {size / 2**30:.1f} GiB; an ONNX file holds at most 2")
    graph, outputs = write_chain(plans, values)
    names = output_names(plans)
    nodes = [
        helper.make_node(one.operator, one.inputs, [one.output], **_attributes(one.attributes))
        for one in graph.operations
    ]
    nodes += [helper.make_node("Identity", [outputs[head]], [name]) for head, name in names.items()]
    body = helper.make_graph(
        nodes,
        plans[-1].name,
        [_input(name, spec) for name, spec in plans[0].inputs.items()],
        [_floats(names[head], shape) for head, shape in plans[-1].outputs.items()],
        [onnx.numpy_helper.from_array(array, name) for name, array in _used(graph).items()],
    )
    model = helper.make_model(
        body,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="gan-core",
        producer_version=version("gan-core"),
        doc_string=summary,
    )
    helper.set_model_props(model, dict(metadata))
    onnx.checker.check_model(model, full_check=True)
    return model


def write_model(model: Any, path: Path) -> None:
    """Write a model, whole or not at all. Raises `WriteError`."""
    with written_whole(path) as temporary:
        temporary.write_bytes(model.SerializeToString())


def output_names(plans: Sequence[Plan]) -> dict[str, str]:
    """Return what each output is called in the file: as the network names its heads, or ``output`` of one alone."""
    last = plans[-1]
    if last.heads:
        return {head: head if head not in plans[0].inputs else f"{head}_output" for head in last.outputs}
    return {last.output: "output" if "output" not in plans[0].inputs else "network_output"}


def described_inputs(plan: Plan) -> str:
    """Return what each input is, as JSON: its kind, the distribution of a latent, the number of classes of a label."""
    table: dict[str, dict[str, Any]] = {}
    for name, spec in plan.inputs.items():
        table[name] = {"kind": spec.kind, "shape": list(spec.shape)}
        if spec.kind == "latent":
            table[name]["distribution"] = spec.distribution
        if spec.categories:
            table[name]["classes"] = spec.categories
    return json.dumps(table)


def _used(graph: Graph) -> dict[str, np.ndarray]:
    read = {name for one in graph.operations for name in one.inputs}
    return {name: array for name, array in graph.arrays.items() if name in read}


def _attributes(given: Mapping[str, Any]) -> dict[str, Any]:
    from onnx import helper

    return {
        key: helper.np_dtype_to_tensor_dtype(value)
        if isinstance(value, np.dtype)
        else list(value)
        if isinstance(value, tuple)
        else value
        for key, value in given.items()
    }


def _input(name: str, spec: Input) -> Any:
    from onnx import TensorProto, helper

    if spec.kind == "label":
        return helper.make_tensor_value_info(name, TensorProto.INT64, [BATCH])
    return _floats(name, spec.shape)


def _floats(name: str, shape: Sequence[int]) -> Any:
    from onnx import TensorProto, helper

    return helper.make_tensor_value_info(name, TensorProto.FLOAT, [BATCH, *shape])
