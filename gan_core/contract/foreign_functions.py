"""Functions of a user's program that are followed alike in every framework: by name, whatever defines them."""

import math
from collections.abc import Callable
from typing import Any

from gan_core.contract.feature_orders import Value
from gan_core.contract.foreign_networks import Reading
from gan_core.contract.foreign_tracing import Called, Follow, Trace
from gan_core.contract.user_places import refused
from gan_core.specs import layers as L


def plain(make: Callable[[Called], L.LayerSpec]) -> Follow:
    """Return how a function of one array is followed that is a layer without weights."""
    return lambda trace, called: trace.reading.add(make(called), [trace.value(called.get(0, "input", "x", "self"))])


def _reshaped(trace: Trace, called: Called) -> Value:
    value = trace.value(called.get(0, "input", "x"))
    return trace.reading.reshape(value, trace.shape(called.result))


def _same(trace: Trace, called: Called) -> Value:
    return trace.value(called.get(0, "input", "x"))


def _permuted(trace: Trace, called: Called) -> Value:
    value = trace.value(called.get(0, "input", "x"))
    axes = called.given[1:] or [called.get(1, "dims", "perm", default=())]
    order = tuple(axes[0]) if isinstance(axes[0], list | tuple) else tuple(axes)
    if order[:1] != (0,):
        raise refused(f"{called.name} of the batch axis")
    return trace.reading.permute(value, [axis - 1 for axis in order[1:]])


def _transposed(trace: Trace, called: Called) -> Value:
    if isinstance(called.get(1, "perm"), list | tuple):
        return _permuted(trace, called)
    value = trace.value(called.get(0, "input", "x"))
    order = list(range(value.places.ndim + 1))
    first, second = called.get(1, "dim0"), called.get(2, "dim1")
    order[first], order[second] = order[second], order[first]
    if order[0]:
        raise refused(f"{called.name} of the batch axis")
    return trace.reading.permute(value, [axis - 1 for axis in order[1:]])


def feature_axis(trace: Trace, called: Called, value: Value, axis: Any) -> None:
    """Raise `SpecError` unless an axis is the one of the features, or of an image's channels."""
    rank = value.places.ndim + 1
    wanted = rank - 1 if trace.reading.channels_last else 1
    if not isinstance(axis, int) or axis % rank != wanted:
        raise refused(f"{called.name} along axis {axis} of {rank}")


def _joined(trace: Trace, called: Called) -> Value:
    values = [trace.value(tensor) for tensor in called.get(0, "tensors", "x")]
    feature_axis(trace, called, values[0], called.get(1, "dim", "axis", default=0))
    return trace.reading.add(L.Concat(), values)


def _softmax(trace: Trace, called: Called) -> Value:
    value = trace.value(called.get(0, "input", "x"))
    axis = called.get(1, "dim", "axis", default=-1)
    feature_axis(trace, called, value, 1 if axis is None else axis)
    return trace.reading.add(L.Softmax(), [value])


def _sum(trace: Trace, called: Called) -> Value:
    first, second = called.get(0, "input", "x"), called.get(1, "other", "y")
    if not isinstance(first, trace.tensor) or not isinstance(second, trace.tensor) or called.named.get("alpha", 1) != 1:
        raise refused(f"{called.name} of a number; only arrays are added to each other")
    return trace.reading.add(L.Add(), [trace.value(first), trace.value(second)])


def _product(trace: Trace, called: Called) -> Value:
    first, second = called.get(0, "input", "x"), called.get(1, "other", "y")
    if isinstance(first, trace.tensor) and isinstance(second, trace.tensor):
        return trace.reading.add(L.Multiply(), [trace.value(first), trace.value(second)])
    array, number = (first, second) if isinstance(first, trace.tensor) else (second, first)
    return _scaled(trace, trace.value(array), float(number))


def _quotient(trace: Trace, called: Called) -> Value:
    number = called.get(1, "other", "y")
    if isinstance(number, trace.tensor) or called.name.startswith("__r"):
        raise refused(f"{called.name} by an array")
    return _scaled(trace, trace.value(called.given[0]), 1 / float(number))


def _scaled(trace: Trace, value: Value, factor: float) -> Value:
    return value if factor == 1 else trace.reading.add(L.Scale(factor=factor), [value])


def _item(trace: Trace, called: Called) -> Value:
    """A slice of the features or channels, all else whole."""
    value, key = trace.value(called.given[0]), called.given[1]
    key = key if isinstance(key, tuple) else (key,)
    whole = slice(None)
    rest = [part for place, part in enumerate(key) if place != 1]
    if any(part is not Ellipsis and part != whole for part in rest) or len(key) < 2 or not isinstance(key[1], slice):
        if all(part is None or part == whole for part in key) and key[:1] == (whole,):  # new axes of 1
            return trace.reading.reshape(value, trace.shape(called.result))
        raise refused("this indexing; only channels or features may be taken, as x[:, 2:5]")
    start, stop, step = key[1].indices(value.places.shape[0])
    if step != 1 or trace.reading.channels_last:
        raise refused("this indexing; only channels or features may be taken, as x[:, 2:5]")
    return trace.reading.add(L.Slice(start=start, count=stop - start), [value])


def _parts(trace: Trace, called: Called) -> list[Value]:
    value = trace.value(called.get(0, "input", "x"))
    feature_axis(trace, called, value, called.get(2, "dim", "axis", default=0))
    made, start = [], 0
    for part in trace.tensors(called.result):
        count = trace.shape(part)[0]
        made.append(trace.reading.add(L.Slice(start=start, count=count), [value]))
        start += count
    return made


def _one_hot(trace: Trace, called: Called) -> Value:
    return trace.reading.add(
        L.OneHot(classes=int(called.result.shape[-1])), [trace.value(called.get(0, "input", "x", "tensor"))]
    )


def _mean(trace: Trace, called: Called) -> Value:
    """The mean, or the sum, of each channel's pixels."""
    value = trace.value(called.get(0, "input", "x"))
    axes = called.get(1, "dim", "axis")
    axes = [axes] if isinstance(axes, int) else list(axes or ())
    if len(value.shape) != 3 or sorted(axis % 4 for axis in axes) != [2, 3]:
        raise refused(f"{called.name} over axes {axes}; expected the pixels of images")
    pooled = trace.reading.add(L.GlobalPool(kind="mean" if called.name == "mean" else "sum"), [value])
    return trace.reading.reshape(pooled, trace.shape(called.result))


def whole_mean(trace: Trace, called: Called) -> Value:
    """Follow a pool that makes one pixel of an image."""
    value = trace.value(called.get(0, "input", "x"))
    if math.prod(trace.shape(called.result)[1:]) != 1:
        raise refused(f"{called.name} to {list(trace.shape(called.result)[1:])} pixels; only to one")
    return trace.reading.reshape(trace.reading.add(L.GlobalPool(), [value]), trace.shape(called.result))


def activated(reading: Reading, value: Value, name: str) -> Value:
    """Return an array behind the activation of a name, "linear" for none. Raises `SpecError` for an unknown one."""
    if name == "linear":
        return value
    if name not in ACTIVATIONS:
        raise refused(f"the activation {name}")
    return reading.add(ACTIVATIONS[name](), [value])


def _elu(called: Called) -> L.ELU:
    called.require(alpha=1.0)
    return L.ELU()


def _named(names: str, follow: Follow) -> dict[str, Follow]:
    return dict.fromkeys(names.split(), follow)


ACTIVATIONS: dict[str, Callable[[], L.LayerSpec]] = {
    "relu": L.ReLU,
    "leaky_relu": L.LeakyReLU,
    "elu": L.ELU,
    "tanh": L.Tanh,
    "sigmoid": L.Sigmoid,
    "silu": L.SiLU,
    "swish": L.SiLU,
    "gelu": L.GELU,
    "softmax": L.Softmax,
}
"""What the name of an activation stands for, with the usual settings."""
COMMON_FUNCTIONS: dict[str, Follow] = {
    **_named("relu relu_", plain(lambda _: L.ReLU())),
    **_named(
        "leaky_relu leaky_relu_", plain(lambda called: L.LeakyReLU(slope=called.get(1, "negative_slope", default=0.01)))
    ),
    **_named("elu elu_", plain(_elu)),
    **_named("tanh tanh_", plain(lambda _: L.Tanh())),
    **_named("sigmoid sigmoid_", plain(lambda _: L.Sigmoid())),
    **_named("silu swish", plain(lambda _: L.SiLU())),
    **_named("softmax", _softmax),
    **_named("pixel_shuffle", plain(lambda called: L.PixelShuffle(factor=called.get(1, "upscale_factor")))),
    **_named("view reshape flatten squeeze unsqueeze unflatten view_as reshape_as", _reshaped),
    **_named("reshape_ flatten_ squeeze_ unsqueeze_", _reshaped),
    **_named("contiguous clone to float double half cuda cpu type cast astype long int type_as identity", _same),
    **_named("permute", _permuted),
    **_named("transpose", _transposed),
    **_named("cat concat concatenate", _joined),
    **_named("add add_ __add__ __radd__ __iadd__", _sum),
    **_named("mul multiply mul_ __mul__ __rmul__ __imul__ scale", _product),
    **_named("div divide true_divide __truediv__ __rtruediv__", _quotient),
    **_named("neg __neg__", lambda trace, called: _scaled(trace, trace.value(called.given[0]), -1.0)),
    **_named("__getitem__", _item),
    **_named("chunk split", _parts),
    **_named("one_hot", _one_hot),
    **_named("mean sum", _mean),
    **_named("adaptive_avg_pool2d", whole_mean),
}
