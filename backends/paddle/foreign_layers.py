"""Layers of Paddle's with weights, as layers of ours. Their settings are fields that Paddle has no public names for."""

from collections.abc import Callable, Sequence
from typing import Any

from paddle import nn

from gan_core.contract.feature_orders import Value, one_or_two
from gan_core.contract.foreign_tracing import Trace
from gan_core.contract.user_places import refused
from gan_core.specs import layers as L
from gan_core.specs.weighted_layers import pair

_Arrays = dict[str, tuple[str, tuple[int, ...]]]
_Follow = Callable[[Trace, Any, Sequence[Value]], Value]  # (trace, layer, what it reads) → output


def _kept(trace: Trace, **tensors: Any) -> _Arrays:
    """The user's names of a layer's arrays, those that it has; a frozen one is remarked."""
    for key, tensor in tensors.items():
        if tensor is not None and not key.startswith("running") and tensor.stop_gradient:
            trace.reading.remarks[f"'{trace.array(tensor)}' is frozen in the script, and trained here"] = None
    return {
        key: (trace.array(tensor), tuple(range(tensor.ndim))) for key, tensor in tensors.items() if tensor is not None
    }


def _linear(trace: Trace, layer: nn.Linear, values: Sequence[Value]) -> Value:
    spec = L.Dense(units=layer.weight.shape[1], bias=layer.bias is not None)
    arrays = _kept(trace, weight=layer.weight, bias=layer.bias)
    arrays["weight"] = (arrays["weight"][0], (1, 0))
    return trace.reading.add(spec, values, arrays)


def _numbers(size: Any) -> tuple[int, int]:
    sizes = [int(one) for one in size] if isinstance(size, list | tuple) else [int(size)]
    if len(sizes) > 2:
        raise refused(f"sizes {sizes}; expected one number, or two for rows and columns")
    return pair(sizes[0] if len(sizes) == 1 else tuple(sizes))


def _require_channels_first(layer: Any) -> None:
    if getattr(layer, "_data_format", "NCHW") not in ("NCHW", "NC"):
        raise refused(f"data_format='{layer._data_format}'")


def _edges(layer: Any, value: Value) -> tuple[list[int], list[int]]:
    """Pixels before and after an image, of rows and columns."""
    padding = layer._padding
    if isinstance(padding, str):
        if padding.upper() == "VALID":
            return [0, 0], [0, 0]
        sizes = zip(value.shape[1:], layer._kernel_size, _numbers(layer._stride), strict=True)
        missing = [max(0, (-(-side // stride) - 1) * stride + kernel - side) for side, kernel, stride in sizes]
        return [side // 2 for side in missing], [side - side // 2 for side in missing]
    if isinstance(padding, list | tuple) and len(padding) == 4 and not isinstance(padding[0], list | tuple):
        top, bottom, left, right = padding
        return [top, left], [bottom, right]
    first = list(_numbers(padding))
    return first, first


def _conv(trace: Trace, layer: nn.Conv2D, values: Sequence[Value]) -> Value:
    _require_channels_first(layer)
    mode = layer._padding_mode
    if mode not in ("zeros", "reflect", "replicate"):
        raise refused(f"padding_mode='{mode}'")
    first, last = _edges(layer, values[0])
    spec = L.Conv(
        channels=layer.weight.shape[0],
        kernel=one_or_two(layer.weight.shape[2:]),
        stride=one_or_two(_numbers(layer._stride)),
        padding=one_or_two(first),
        padding_end=None if first == last else one_or_two(last),
        padding_mode=mode,
        dilation=one_or_two(_numbers(layer._dilation)),
        groups=layer._groups,
        bias=layer.bias is not None,
    )
    return trace.reading.add(spec, values, _kept(trace, weight=layer.weight, bias=layer.bias))


def _conv_transpose(trace: Trace, layer: nn.Conv2DTranspose, values: Sequence[Value]) -> Value:
    _require_channels_first(layer)
    if isinstance(layer._padding, str):
        raise refused(f"Conv2DTranspose with padding='{layer._padding}'")
    first, last = _edges(layer, values[0])
    spec = L.ConvTranspose(
        channels=layer.weight.shape[1] * layer._groups,
        kernel=one_or_two(layer.weight.shape[2:]),
        stride=one_or_two(_numbers(layer._stride)),
        padding=one_or_two(first),
        padding_end=None if first == last else one_or_two(last),
        output_padding=one_or_two(_numbers(layer.output_padding)),
        dilation=one_or_two(_numbers(layer._dilation)),
        groups=layer._groups,
        bias=layer.bias is not None,
    )
    return trace.reading.add(spec, values, _kept(trace, weight=layer.weight, bias=layer.bias))


def _require_both(weight: Any, bias: Any) -> bool:
    if (weight is None) != (bias is None):
        raise refused("a norm with a scale or a bias alone")
    return weight is not None


def _batch_norm(trace: Trace, layer: Any, values: Sequence[Value]) -> Value:
    _require_channels_first(layer)
    spec = L.BatchNorm(
        running_update_rate=round(1 - layer._momentum, 12),
        epsilon=layer._epsilon,
        running_variance="biased",
        affine=_require_both(layer.weight, layer.bias),
    )
    arrays = {"running_mean": layer._mean, "running_variance": layer._variance}
    return trace.reading.add(spec, values, _kept(trace, weight=layer.weight, bias=layer.bias, **arrays))


def _instance_norm(trace: Trace, layer: nn.InstanceNorm2D, values: Sequence[Value]) -> Value:
    scale, bias = layer.scale, layer.bias
    affine = _require_both(scale, bias)
    if affine and scale.stop_gradient and bias.stop_gradient and bool((scale == 1).all()) and not bool(bias.any()):
        return trace.reading.add(L.InstanceNorm(epsilon=layer._epsilon), values)  # frozen at what changes nothing
    return trace.reading.add(
        L.InstanceNorm(epsilon=layer._epsilon, affine=affine), values, _kept(trace, weight=scale, bias=bias)
    )


def _group_norm(trace: Trace, layer: nn.GroupNorm, values: Sequence[Value]) -> Value:
    _require_channels_first(layer)
    settings = {"epsilon": layer._epsilon, "affine": _require_both(layer.weight, layer.bias)}
    one = layer._num_groups == 1
    spec = L.LayerNorm(**settings) if one else L.GroupNorm(groups=layer._num_groups, **settings)
    return trace.reading.add(spec, values, _kept(trace, weight=layer.weight, bias=layer.bias))


def _layer_norm(trace: Trace, layer: nn.LayerNorm, values: Sequence[Value]) -> Value:
    if tuple(layer._normalized_shape) != values[0].places.shape:
        raise refused("layer norm over some of the axes")
    affine = _require_both(layer.weight, layer.bias)
    if affine and len(values[0].shape) > 1:
        raise refused("layer norm with a scale for each pixel; one for each channel is nn.GroupNorm(1, channels)")
    spec = L.LayerNorm(epsilon=layer._epsilon, affine=affine)
    return trace.reading.add(spec, values, _kept(trace, weight=layer.weight, bias=layer.bias))


def _embedding(trace: Trace, layer: nn.Embedding, values: Sequence[Value]) -> Value:
    spec = L.Embedding(classes=layer.weight.shape[0], units=layer.weight.shape[1])
    return trace.reading.add(spec, values, _kept(trace, weight=layer.weight))


def _prelu(trace: Trace, layer: nn.PReLU, values: Sequence[Value]) -> Value:
    weight = layer._weight
    if weight.shape[0] == 1 != values[0].shape[0]:
        trace.reading.remarks["a PReLU's one slope for all channels is one a channel here, all alike at first"] = None
        return trace.reading.add(L.PReLU(), values, a_channel={"weight": (trace.array(weight), tuple(weight.shape))})
    return trace.reading.add(L.PReLU(), values, _kept(trace, weight=weight))


LAYERS: dict[str, _Follow] = {
    "Linear": _linear,
    "Conv2D": _conv,
    "Conv2DTranspose": _conv_transpose,
    **dict.fromkeys(("BatchNorm", "BatchNorm1D", "BatchNorm2D"), _batch_norm),
    "InstanceNorm2D": _instance_norm,
    "GroupNorm": _group_norm,
    "LayerNorm": _layer_norm,
    "Embedding": _embedding,
    "PReLU": _prelu,
}
"""By the name of the class."""
