"""A user's layer of Paddle's as a network of ours: it is run on arrays, and the layers and functions in it are noted.

Paddle has no way to listen to functions. While a layer is followed, each public one is replaced by one that tells what
it was given and what it returned; so is what calls a layer, since a layer of Paddle's own calls its kernels itself.
"""

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import wraps
from typing import Any

import numpy as np
import paddle
from paddle import Tensor, nn

from gan_core.contract.feature_orders import Value
from gan_core.contract.foreign_functions import COMMON_FUNCTIONS
from gan_core.contract.foreign_networks import ForeignNetwork, Given, Reading, named_inputs
from gan_core.contract.foreign_tracing import Called, Trace
from gan_core.contract.user_places import refused, running, unfollowed

from .foreign_functions import FUNCTIONS
from .foreign_layers import LAYERS

MODULE = nn.Layer
_SAMPLES = 3  # no axis of a network should have as many
_CONTAINERS = (nn.Sequential, nn.LayerList, nn.LayerDict)


def input_names(module: nn.Layer) -> tuple[str, ...]:
    parameters = inspect.signature(module.forward).parameters.values()
    return tuple(one.name for one in parameters if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD)


def read_module(module: nn.Layer, inputs: Mapping[str, Given]) -> ForeignNetwork:
    reading = Reading(channels_last=False)
    known = named_inputs(input_names(module), inputs)
    values = {name: reading.input(name, given) for name, given in known.items()}
    names = {id(tensor): name for name, tensor in _arrays(module).items()}
    trace = Trace(reading, Tensor, names, COMMON_FUNCTIONS | FUNCTIONS, _SAMPLES)
    tensors = {name: _tensor(module, value, known[name]) for name, value in values.items()}
    for name, tensor in tensors.items():
        trace.keep(tensor, values[name])
    words = {id(inner): f"{name or 'it'} ({type(inner).__name__})" for name, inner in _layers(module)}
    shapes = " and ".join(str(tensor.shape) for tensor in tensors.values())
    failing = unfollowed(f"it fails on arrays of shape {shapes}")
    with failing, _evaluating(module), _Following(trace, module, words):
        result = module(*tensors.values())
    made = list(trace.tensors(result))
    heads = reading.outputs([trace.value(tensor) for tensor in made])
    return ForeignNetwork(
        network=reading.network(list(heads)),
        outputs={name: value.places.shape for name, value in heads.items()},
        arrays=tuple(reading.arrays.values()),
        remarks=tuple(reading.remarks),
        run=lambda arrays: _run(module, reading.native_inputs(arrays, values), heads),
        read=lambda: {name: tensor.numpy() for name, tensor in _arrays(module).items()},
        assign=lambda arrays: _assign(module, arrays),
    )


def _layers(module: nn.Layer) -> list[tuple[str, nn.Layer]]:
    return list(module.named_sublayers(include_self=True))


def _arrays(module: nn.Layer) -> dict[str, Tensor]:
    return {**dict(module.named_parameters()), **dict(module.named_buffers())}


def _tensor(module: nn.Layer, value: Value, given: Given) -> Tensor:
    if given.kind == "label":
        return paddle.zeros([_SAMPLES, *value.places.shape], dtype="int64")
    return paddle.rand([_SAMPLES, *value.places.shape], dtype=_dtype(module))


def _dtype(module: nn.Layer) -> Any:
    return next((one.dtype for one in module.parameters()), paddle.get_default_dtype())


def _run(module: nn.Layer, inputs: Sequence[np.ndarray], heads: Mapping[str, Value]) -> dict[str, np.ndarray]:
    arrays = [paddle.to_tensor(one) for one in inputs]
    arrays = [one.astype(_dtype(module)) if one.is_floating_point() else one for one in arrays]
    with _evaluating(module):
        made = _flat(module(*arrays))
    return {name: value.outward(one.numpy()) for (name, value), one in zip(heads.items(), made, strict=True)}


def _flat(made: Any) -> list[Tensor]:
    if isinstance(made, Tensor):
        return [made]
    parts: Sequence[Any] = list(made.values()) if isinstance(made, Mapping) else made
    return [tensor for part in parts for tensor in _flat(part)]


def _assign(module: nn.Layer, arrays: Mapping[str, np.ndarray]) -> None:
    state = _arrays(module)
    for name, array in arrays.items():
        state[name].set_value(np.ascontiguousarray(array).astype(state[name].numpy().dtype))


class _evaluating(ExitStack):  # noqa: N801  (used as a function)
    """Within the block a layer is in evaluation mode, without gradients; then as it was."""

    def __init__(self, module: nn.Layer) -> None:
        super().__init__()
        before = [(inner, inner.training) for _, inner in _layers(module)]
        self.enter_context(paddle.no_grad())
        for inner, was in before:
            self.callback(setattr, inner, "training", was)
        module.eval()


class _Following(ExitStack):
    """Within the block a trace is told of every layer of Paddle's own and of every function between them.

    words: what layers are called in messages, by their identity.
    """

    def __init__(self, trace: Trace, module: nn.Layer, words: Mapping[int, str]) -> None:
        super().__init__()
        self.trace, self.words, self.quiet = trace, words, False
        self._replace(nn.Layer, "__call__", self._layer(nn.Layer.__call__))
        user = [sys.modules.get(type(inner).__module__) for _, inner in _layers(module)]
        users = [one for one in dict.fromkeys(user) if one and not one.__name__.startswith("paddle")]
        replaced: dict[int, Callable[..., Any]] = {}
        for place in (paddle, paddle.nn.functional, Tensor):
            for name in dir(place):
                function = getattr(place, name)
                if _is_function(name, function):
                    replaced[id(function)] = self._replace(place, name, self._function(name, function))
        for place in users:  # what was imported by itself, as `from paddle.nn.functional import relu`
            for name, function in list(vars(place).items()):
                if id(function) in replaced:
                    self._replace(place, name, replaced[id(function)])

    def _replace(self, place: Any, name: str, new: Callable[..., Any]) -> Callable[..., Any]:
        old = getattr(place, name)
        setattr(place, name, new)
        self.callback(setattr, place, name, old)
        return new

    def _function(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def told(*given: Any, **named: Any) -> Any:
            if self.quiet:
                return function(*given, **named)
            result = self._quietly(function, *given, **named)
            if not name.startswith("is_"):
                self.trace.follow(Called(name=name, given=given, named=named, result=result))
            return result

        return told

    def _layer(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def told(layer: nn.Layer, *given: Any, **named: Any) -> Any:
            name = type(layer).__name__
            own = type(layer).__module__.startswith("paddle.") and type(layer) not in _CONTAINERS
            with running(layer, self.words.get(id(layer), name)):
                if not self.quiet and own and name not in LAYERS and layer.parameters():
                    raise refused(f"the layer {name}")
                if self.quiet or not own or name not in LAYERS:
                    return call(layer, *given, **named)
                values = [self.trace.value(tensor) for tensor in self.trace.tensors([given, named])]
                result = self._quietly(call, layer, *given, **named)
                self.trace.keep(result, LAYERS[name](self.trace, layer, values))
                return result

        return told

    def _quietly(self, function: Callable[..., Any], *given: Any, **named: Any) -> Any:
        self.quiet = True
        try:
            return function(*given, **named)
        finally:
            self.quiet = False


def _is_function(name: str, function: Any) -> bool:
    """Whether something public is a function of arrays, an operator included."""
    operators = ("__add__", "__radd__", "__mul__", "__rmul__", "__truediv__", "__rtruediv__", "__neg__", "__getitem__")
    more = ("__sub__", "__rsub__", "__pow__", "__matmul__")
    hidden = name.startswith("_") and name not in (*operators, *more)
    quiet = ("rand", "zeros", "ones", "to_tensor", "no_grad", "set_grad_enabled", "numpy", "numel", "dim", "ndimension")
    return inspect.isroutine(function) and not hidden and name not in quiet
