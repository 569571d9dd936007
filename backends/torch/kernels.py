"""What only PyTorch needs: each docstring names the fault that is gone round, and its line of docs/frameworks.md."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol, cast

import numpy as np
import torch
from torch import Tensor, nn

from gan_core.contract.backend import Inputs, StepFunction
from gan_core.contract.constants import Kept
from gan_core.errors import one_line
from gan_core.plans.plans import Node, Plan
from gan_core.printing import say
from gan_core.specs import layers as L
from gan_core.specs.style_layers import ModulatedConv

from .ops import Operations


def instance_norm(layer: L.InstanceNorm, node: Node) -> nn.GroupNorm:
    """Group norm with a group a channel: `nn.InstanceNorm2d` takes twice the time ("instance norm, torch")."""
    channels = node.input_shapes[0][0]
    return nn.GroupNorm(channels, channels, layer.epsilon, layer.affine)


def memory_format(plan: Plan) -> torch.memory_format:
    """Channels last in memory where there are convolutions: oneDNN would turn images at every call.

    They are indexed as ever ("convolution, torch").
    """
    convolves = any(isinstance(node.layer, L.Conv | L.ConvTranspose | ModulatedConv) for node in plan.nodes)
    return torch.channels_last if convolves else torch.contiguous_format


def in_order_of(weights: Sequence[Tensor], gradients: Sequence[Tensor]) -> list[Tensor]:
    """Gradients with the strides of their weights: the fused kernel reads memory in the weight's order ("Adam, torch").

    Whatever the gradient's strides say; those of a convolution's second derivative differ.
    """
    return [
        gradient if gradient.stride() == weight.stride() else torch.empty_like(weight).copy_(gradient)
        for weight, gradient in zip(weights, gradients, strict=True)
    ]


_Results = tuple[list[str], Tensor | None, dict[str, Tensor]]  # names of scalars, all of them as one array; the others
_Form = tuple[tuple[tuple[str, tuple[int, ...], str], ...], tuple[str, ...]]  # name, shape, dtype of arrays; floats
_AS_THEY_ARE = 2  # runs before one is recorded, in which the libraries below take their memory and choose their kernels
_ALIGNMENT = 256  # bytes: where any kernel may begin to read


class Recorder(Protocol):
    """What can record work and carry it out again ("launches, torch")."""

    def run(self, work: Callable[[], _Results]) -> _Results:
        """The results of work that is not recorded."""

    def record(self, work: Callable[[], _Results]) -> Callable[[], _Results]:
        """A function that carries out the work; its results lie where those of every other call do.

        Nothing is computed yet. Raises `RuntimeError` for work that cannot be recorded.
        """


class Graphs:
    """Records work on a GPU ("launches, torch").

    On one stream, as the gradient of a leaf belongs to the stream of its first use; and from one pool of memory, which
    recordings may share since their results are copied at once.
    """

    def __init__(self, device: torch.device) -> None:
        self.stream, self.pool = torch.cuda.Stream(device), torch.cuda.graph_pool_handle()

    def run(self, work: Callable[[], _Results]) -> _Results:
        here = torch.cuda.current_stream(self.stream.device)
        self.stream.wait_stream(here)
        with torch.cuda.stream(self.stream):
            results = work()
        here.wait_stream(self.stream)
        return results

    def record(self, work: Callable[[], _Results]) -> Callable[[], _Results]:
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self.pool, stream=self.stream, capture_error_mode="thread_local"):
            results = work()

        def replay() -> _Results:
            graph.replay()
            return results

        return replay


class _Bound:
    """The inputs of one form: a block of bytes that stays on the device, and its readers ("launches, torch")."""

    def __init__(self, form: _Form, device: torch.device) -> None:
        arrays, floats = form
        places, length = _places(form)
        self.block = torch.empty(length, dtype=torch.uint8, device=device)
        parts = [self.block[start:end] for start, end in places]
        *given, vector = (
            part.view(getattr(torch, dtype)).view(shape) for part, (_, shape, dtype) in zip(parts, arrays, strict=True)
        )
        names = [name for name, _, _ in arrays[:-1]]
        self.inputs = dict(zip(names, given, strict=True)) | dict(zip(floats, vector.unbind(), strict=True))
        self.runs = 0
        self.replay: Callable[[], _Results] | None = None


class Unit:
    """A `CompiledUnit` with one launch a run: kernels launched singly take longer than they run ("launches, torch").

    All inputs travel in one block of bytes into one that stays on the device, where the recorded work reads them;
    floats too, as a Python number would be a part of the recording. The first runs of inputs of new shapes are carried
    out as they are. recorder: None for every run as it is.
    """

    def __init__(self, function: StepFunction, ops: Operations, recorder: Recorder | None) -> None:
        self.function, self.ops, self.recorder = function, ops, recorder
        self.bound: dict[_Form, _Bound] = {}
        self._kept: Kept = {}

    def prepare(self, inputs: Inputs) -> tuple[_Form, Tensor]:
        floats = {name: value for name, value in inputs.items() if isinstance(value, float)}
        arrays = {name: self._kind(np.asarray(value)) for name, value in inputs.items() if name not in floats}
        values = [*arrays.values(), np.array([*floats.values()], self.ops.numpy_dtype)]
        described = [(name, value.shape, value.dtype.name) for name, value in zip([*arrays, ""], values, strict=True)]
        form = tuple(described), tuple(floats)
        places, length = _places(form)
        block = torch.empty(length, dtype=torch.uint8, pin_memory=self.ops.device.type == "cuda")
        filled = block.numpy()
        for value, (start, end) in zip(values, places, strict=True):
            filled[start:end] = np.ascontiguousarray(value).reshape(-1).view(np.uint8)
        return form, block

    def _kind(self, value: np.ndarray) -> np.ndarray:
        return value.astype(np.int64 if value.dtype.kind in "iu" else self.ops.numpy_dtype, copy=False)

    def run(self, prepared: tuple[_Form, Tensor]) -> dict[str, Tensor]:
        form, block = prepared
        if form not in self.bound:
            self.bound[form] = _Bound(form, self.ops.device)
        bound = self.bound[form]
        bound.block.copy_(block, non_blocking=True)
        work = partial(self._carried_out, bound.inputs)
        if bound.replay is None and self.recorder is not None and bound.runs >= _AS_THEY_ARE:
            bound.replay = self._recorded(self.recorder, work)
        bound.runs += 1
        if bound.replay is not None:
            return _copied(bound.replay())
        return _copied(work() if self.recorder is None else self.recorder.run(work))

    def _recorded(self, recorder: Recorder, work: Callable[[], _Results]) -> Callable[[], _Results] | None:
        """The work recorded, or None, with a line that says why."""
        try:
            return recorder.record(work)
        except RuntimeError as error:
            name = getattr(self.function, "__name__", "a function")
            say(f"gan: note: {name} cannot be recorded and is launched kernel by kernel: {one_line(error)}")
            self.recorder = None
            return None

    def _carried_out(self, inputs: Mapping[str, Tensor]) -> _Results:
        with self.ops.constants.kept_in(self._kept):
            results = {name: cast("Tensor", value).detach() for name, value in self.function(inputs).items()}
        scalars = [name for name, value in results.items() if value.ndim == 0 and value.dtype == self.ops.dtype]
        joined = torch.stack([results.pop(name) for name in scalars]) if scalars else None
        return scalars, joined, results

    def __call__(self, inputs: Inputs) -> dict[str, Tensor]:
        return self.run(self.prepare(inputs))


def _places(form: _Form) -> tuple[list[tuple[int, int]], int]:
    """Where each array of a form begins and ends in its block, and the length of the block ("launches, torch")."""
    places, start = [], 0
    for _, shape, dtype in form[0]:
        end = start + int(np.prod(shape)) * np.dtype(dtype).itemsize
        places.append((start, end))
        start = -(-end // _ALIGNMENT) * _ALIGNMENT
    return places, start


def _copied(results: _Results) -> dict[str, Tensor]:
    """Results that the next replay does not write over ("launches, torch")."""
    scalars, joined, others = results
    copies = {name: value.clone() for name, value in others.items()}
    return copies if joined is None else dict(zip(scalars, joined.clone().unbind(), strict=True)) | copies
