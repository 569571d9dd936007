"""A user's module of PyTorch's as a network of ours: it is run on arrays, and every function that it calls is noted."""

import inspect
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from gan_core.contract.feature_orders import Value
from gan_core.contract.foreign_functions import COMMON_FUNCTIONS
from gan_core.contract.foreign_networks import ForeignNetwork, Given, Reading, named_inputs
from gan_core.contract.foreign_tracing import Called, Trace
from gan_core.contract.user_places import running, unfollowed

from .foreign_functions import FUNCTIONS
from .foreign_layers import LAYERS

MODULE = nn.Module
_SAMPLES = 3  # no axis of a network should have as many


def input_names(module: nn.Module) -> tuple[str, ...]:
    parameters = inspect.signature(module.forward).parameters.values()
    return tuple(one.name for one in parameters if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD)


def read_module(module: nn.Module, inputs: Mapping[str, Given]) -> ForeignNetwork:
    reading = Reading(channels_last=False)
    known = named_inputs(input_names(module), inputs)
    values = {name: reading.input(name, given) for name, given in known.items()}
    names = {id(tensor): name for name, tensor in module.state_dict(keep_vars=True).items()}
    trace = Trace(reading, Tensor, names, COMMON_FUNCTIONS | FUNCTIONS | LAYERS, _SAMPLES)
    tensors = {name: _tensor(module, value, known[name], _SAMPLES) for name, value in values.items()}
    for name, tensor in tensors.items():
        trace.keep(tensor, values[name])
    words = {inner: f"{name or 'it'} ({type(inner).__name__})" for name, inner in module.named_modules()}
    shapes = " and ".join(str(list(tensor.shape)) for tensor in tensors.values())
    failing = unfollowed(f"it fails on arrays of shape {shapes}")
    with failing, _evaluating(module), _Modules(words), _Following(trace):
        made = list(trace.tensors(module(*tensors.values())))
    heads = reading.outputs([trace.value(tensor) for tensor in made])
    return ForeignNetwork(
        network=reading.network(list(heads)),
        outputs={name: value.places.shape for name, value in heads.items()},
        arrays=tuple(reading.arrays.values()),
        remarks=tuple(reading.remarks),
        run=lambda arrays: _run(module, reading.native_inputs(arrays, values), heads),
        read=lambda: {name: tensor.detach().cpu().numpy().copy() for name, tensor in module.state_dict().items()},
        assign=lambda arrays: _assign(module, arrays),
    )


def _tensor(module: nn.Module, value: Value, given: Given, samples: int) -> Tensor:
    if given.kind == "label":
        return torch.zeros((samples, *value.places.shape), dtype=torch.int64, device=_like(module).device)
    like = _like(module)
    return torch.rand((samples, *value.places.shape), dtype=like.dtype, device=like.device)


def _like(module: nn.Module) -> Tensor:
    """An array of the precision, and on the device, of a module's weights."""
    return next((one for one in module.parameters() if one.is_floating_point()), torch.zeros(()))


def _run(module: nn.Module, inputs: Sequence[np.ndarray], heads: Mapping[str, Value]) -> dict[str, np.ndarray]:
    like = _like(module)
    arrays = [torch.from_numpy(np.array(one)).to(like.device) for one in inputs]
    arrays = [one.to(like.dtype) if one.is_floating_point() else one for one in arrays]
    with _evaluating(module):
        made = _flat(module(*arrays))
    return {name: value.outward(one.cpu().numpy()) for (name, value), one in zip(heads.items(), made, strict=True)}


def _flat(made: Any) -> list[Tensor]:
    if isinstance(made, Tensor):
        return [made]
    parts: Sequence[Any] = list(made.values()) if isinstance(made, Mapping) else made
    return [tensor for part in parts for tensor in _flat(part)]


def _assign(module: nn.Module, arrays: Mapping[str, np.ndarray]) -> None:
    state = module.state_dict()
    with torch.no_grad():
        for name, array in arrays.items():
            state[name].copy_(torch.from_numpy(np.ascontiguousarray(array)))


class _evaluating(ExitStack):  # noqa: N801  (used as a function)
    """Within the block a module is in evaluation mode, without gradients; then as it was."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        before = {inner: inner.training for inner in module.modules()}
        self.enter_context(torch.no_grad())
        for inner, was in before.items():
            self.callback(setattr, inner, "training", was)
        module.eval()


class _Modules(ExitStack):
    """Within the block it is known which of the user's modules is running; words: what they are called."""

    def __init__(self, words: Mapping[nn.Module, str]) -> None:
        super().__init__()
        inside: list[ExitStack] = []

        def before(module: nn.Module, _: Any) -> None:
            inside.append(ExitStack())
            inside[-1].enter_context(running(module, words.get(module, type(module).__name__)))

        def after(module: nn.Module, _: Any, __: Any) -> None:
            inside.pop().close()

        for hook in (
            nn.modules.module.register_module_forward_pre_hook(before),
            nn.modules.module.register_module_forward_hook(after),
        ):
            self.callback(hook.remove)
        self.callback(_closed, inside)


def _closed(stacks: list[ExitStack]) -> None:
    for stack in reversed(stacks):
        stack.close()


class _Following(TorchFunctionMode):
    """Tells a trace of every function that is called within the block."""

    def __init__(self, trace: Trace) -> None:
        super().__init__()
        self.trace = trace

    def __torch_function__(
        self, function: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        result = function(*args, **(kwargs or {}))
        self.trace.follow(Called(name=function.__name__, given=args, named=kwargs or {}, result=result))
        return result
