"""A user's model of Keras's as a network of ours: its graph is walked, or what `call` makes of symbolic inputs."""

import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import KerasTensor

from gan_core.contract.feature_orders import Value
from gan_core.contract.foreign_networks import ForeignNetwork, Given, Reading, named_inputs
from gan_core.contract.user_places import refused, running, unfollowed
from gan_core.errors import SpecError

from .foreign_functions import FUNCTIONS
from .foreign_layers import LAYERS

MODULE = keras.layers.Layer


def input_names(module: keras.layers.Layer) -> tuple[str, ...]:
    if graph := _own_graph(module):
        return tuple(_plain(symbol.name) for symbol in graph[0])
    parameters = inspect.signature(module.call).parameters.values()
    return tuple(one.name for one in parameters if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD)


def read_module(module: keras.layers.Layer, inputs: Mapping[str, Given]) -> ForeignNetwork:
    symbols, made = _graph(module, inputs)
    known = _named(symbols, _kinds(symbols, inputs))
    reading = Reading(channels_last=True)
    values = {name: reading.input(name, given) for name, given in known.items()}
    found = {id(symbol): value for symbol, value in zip(symbols, values.values(), strict=True)}
    walk = _Walk(reading)
    heads = reading.outputs([walk.value(tensor, found, "") for tensor in made])
    return ForeignNetwork(
        network=reading.network(list(heads)),
        outputs={name: value.places.shape for name, value in heads.items()},
        arrays=tuple(reading.arrays.values()),
        remarks=tuple(reading.remarks),
        run=lambda arrays: _run(module, symbols, reading.native_inputs(arrays, values), heads),
        read=lambda: {name: one.numpy() for name, one in walk.variables.items()},
        assign=lambda arrays: _assign(walk.variables, arrays),
    )


def _own_graph(module: keras.layers.Layer) -> tuple[list[KerasTensor], list[KerasTensor]] | None:
    """The inputs and the outputs of a model that has a graph."""
    inner = getattr(module, "_functional", None) or module
    if isinstance(inner, keras.Model) and getattr(inner, "inputs", None) and getattr(inner, "outputs", None):
        return list(inner.inputs), list(inner.outputs)
    return None


def _graph(module: keras.layers.Layer, inputs: Mapping[str, Given]) -> tuple[list[KerasTensor], list[KerasTensor]]:
    """The inputs and the outputs of a model's graph, which is made of symbolic inputs where it has none yet."""
    if graph := _own_graph(module):
        return graph
    if any(given.shape is None for given in inputs.values()) or not inputs:
        raise SpecError("its inputs cannot be known from the model: name the shape of each, as input=28,28,1")
    kinds = {"label": "int32"}
    symbols = [keras.Input(given.shape, name=name, dtype=kinds.get(given.kind)) for name, given in inputs.items()]
    given = symbols[0] if len(symbols) == 1 else symbols
    with unfollowed("what `call` does cannot be followed on symbolic inputs; expected layers and keras.ops alone"):
        made = module(given) if isinstance(module, keras.Sequential) else _called(module, symbols)
    return _own_graph(module) or (symbols, list(tf.nest.flatten(made)))


def _called(module: keras.layers.Layer, symbols: Sequence[KerasTensor]) -> Any:
    """What `call` makes of symbolic arrays: of each an argument, or of a list of them."""
    several = len(input_names(module)) == len(symbols)
    return module.call(*symbols) if several else module.call(list(symbols))


def _plain(name: str) -> str:
    """A name without what Keras puts around one."""
    return name.partition(":")[0].replace("/", "_")


def _kinds(symbols: Sequence[KerasTensor], inputs: Mapping[str, Given]) -> list[Given]:
    """What the inputs are: as was said, else by their shapes, and by what reads them."""
    guesses = [_guess(symbol) for symbol in symbols]
    if not inputs:
        return guesses
    named = list(named_inputs([_plain(symbol.name) for symbol in symbols], inputs).values())
    return [
        Given(kind=given.kind, shape=guess.shape, classes=given.classes or guess.classes)
        for given, guess in zip(named, guesses, strict=True)
    ]


def _named(symbols: Sequence[KerasTensor], kinds: Sequence[Given]) -> dict[str, Given]:
    """The inputs by name: their own, or by what they are where Keras has counted them."""
    known: dict[str, Given] = {}
    for symbol, given in zip(symbols, kinds, strict=True):
        name = _plain(symbol.name)
        if re.fullmatch(r"(keras_tensor|input_layer|input)(_?\d+)*", name):
            word = {"latent": "z", "data": "sample", "label": "label"}[given.kind]
            name = next(one for one in (word, *(f"{word}_{at}" for at in range(2, 99))) if one not in known)
        known[name] = given
    return known


def _guess(symbol: KerasTensor) -> Given:
    shape = tuple(symbol.shape[1:])
    if None in shape:
        raise SpecError(f"its input '{symbol.name}' has the open shape {list(shape)}; expected numbers")
    operation = symbol._keras_history.operation
    readers = [node.operation for node in operation._outbound_nodes]
    tables = [one for one in readers if isinstance(one, keras.layers.Embedding)]
    if "int" in symbol.dtype or tables:
        return Given(kind="label", shape=shape, classes=tables[0].input_dim if tables else None)
    return Given(kind="latent" if len(shape) == 1 else "data", shape=shape)


@dataclass
class _Step:
    """A call of a layer: what it was given, what it returned, and the names of the models around it with dots."""

    given: Sequence[Any]
    output: KerasTensor
    prefix: str


class _Walk:
    """The way back from outputs to inputs; variables: the user's name of each array → the variable."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.variables: dict[str, keras.Variable] = {}

    def value(self, tensor: KerasTensor, found: dict[int, Value], prefix: str) -> Value:
        """What a symbolic array is; found: those that are known, within one model."""
        if id(tensor) not in found:
            operation, index, _ = tensor._keras_history
            node = operation._inbound_nodes[index]
            values = [self.value(one, found, prefix) for one in node.input_tensors]
            with running(operation, f"{prefix}{operation.name} ({type(operation).__name__})"):
                for output, value in zip(node.output_tensors, self._made(operation, node, values, prefix), strict=True):
                    found[id(output)] = value
        return found[id(tensor)]

    def _made(self, operation: Any, node: Any, values: list[Value], prefix: str) -> list[Value]:
        inner = getattr(operation, "_functional", None) or operation
        if isinstance(inner, keras.Model) and getattr(inner, "outputs", None):
            found = {id(symbol): value for symbol, value in zip(inner.inputs, values, strict=True)}
            return [self.value(one, found, f"{prefix}{operation.name}.") for one in inner.outputs]
        table = LAYERS | FUNCTIONS
        name = type(operation).__name__
        own = type(operation).__module__.partition(".")[0] == "keras"
        if name not in table or not own or len(node.output_tensors) != 1:
            kind = "the layer" if isinstance(operation, keras.layers.Layer) else "the operation"
            raise refused(f"{kind} {name}")
        if isinstance(operation, keras.layers.Layer):
            for place, one in enumerate(operation.weights):
                self.variables[f"{prefix}{operation.name}.{place}"] = one
        given = [one for part in node.arguments.args for one in (part if isinstance(part, list | tuple) else [part])]
        step = _Step(given=given, output=node.output_tensors[0], prefix=prefix)
        return [table[name](self.reading, operation, values, step)]


def _run(
    module: Any, symbols: Sequence[KerasTensor], inputs: Sequence[np.ndarray], heads: Mapping[str, Value]
) -> dict[str, np.ndarray]:
    arrays = [tf.cast(array, symbol.dtype) for array, symbol in zip(inputs, symbols, strict=True)]
    made = tf.nest.flatten(module(arrays[0] if len(arrays) == 1 else arrays, training=False))
    return {name: value.outward(one.numpy()) for (name, value), one in zip(heads.items(), made, strict=True)}


def _assign(variables: Mapping[str, keras.Variable], arrays: Mapping[str, np.ndarray]) -> None:
    for name, array in arrays.items():
        variables[name].assign(array)
