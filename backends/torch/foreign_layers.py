"""Functions of PyTorch's with weights, as layers of ours: a module calls them with its parameters."""

from typing import Any

from gan_core.contract.feature_orders import Value, one_or_two
from gan_core.contract.foreign_tracing import Called, Follow, Trace
from gan_core.contract.user_places import refused, running_module
from gan_core.operations.spectral import SINGULAR_VECTOR
from gan_core.specs import layers as L
from gan_core.specs.weighted_layers import pair

_Arrays = dict[str, tuple[str, tuple[int, ...]]]


def _kept(trace: Trace, **tensors: Any) -> _Arrays:
    """The user's names of a layer's arrays, those that it has; a frozen one is remarked."""
    for key, tensor in tensors.items():
        if tensor is not None and not key.startswith("running") and not tensor.requires_grad:
            trace.reading.remarks[f"'{trace.array(tensor)}' is frozen in the script, and trained here"] = None
    return {
        key: (trace.array(tensor), tuple(range(tensor.dim()))) for key, tensor in tensors.items() if tensor is not None
    }


def _spectral(trace: Trace, weight: Any, **others: Any) -> tuple[bool, _Arrays]:
    """Whether a layer's weight is divided by its singular value, and the user's names of its arrays."""
    module = running_module()
    norm = getattr(getattr(module, "parametrizations", None), "weight", None)
    plain, vector = getattr(module, "weight_orig", None), getattr(module, "weight_u", None)
    if norm is not None and len(norm) == 1 and type(norm[0]).__name__ == "_SpectralNorm":
        plain, vector = norm.original, norm[0]._u
    if id(weight) in trace.names or plain is None or vector is None:
        return False, _kept(trace, weight=weight, **others)
    trace.reading.remarks[
        "spectral norm takes over the script's singular vectors; what they give differs until they have converged"
    ] = None
    return True, _kept(trace, weight=plain, **others) | {SINGULAR_VECTOR: (trace.array(vector), (0,))}


def _linear(trace: Trace, called: Called) -> Value:
    x, weight, bias = (called.get(place, name) for place, name in enumerate(("input", "weight", "bias")))
    spectral, arrays = _spectral(trace, weight, bias=bias)
    layer = L.Dense(units=weight.shape[0], bias=bias is not None, spectral_norm=spectral)
    return trace.reading.add(layer, [trace.value(x)], arrays)


def _sizes(called: Called, places: dict[str, int]) -> dict[str, Any]:
    """Stride and dilation of a convolution; places: of the arguments."""
    return {name: one_or_two(_pair(called.get(place, name, default=1))) for name, place in places.items()}


def _pair(size: Any) -> tuple[int, int]:
    sizes = [int(one) for one in size] if isinstance(size, list | tuple) else [int(size)]
    return pair(sizes[0] if len(sizes) == 1 else tuple(sizes))


def _conv(trace: Trace, called: Called) -> Value:
    x, weight, bias = (called.get(place, name) for place, name in enumerate(("input", "weight", "bias")))
    spectral, arrays = _spectral(trace, weight, bias=bias)
    sizes = _sizes(called, {"stride": 3, "dilation": 5})
    padding = called.get(4, "padding", default=0)
    if padding == "same":
        reach = [step * (side - 1) for step, side in zip(pair(sizes["dilation"]), weight.shape[2:], strict=True)]
        first, last = [side // 2 for side in reach], [side - side // 2 for side in reach]
    else:
        first = last = [0, 0] if padding == "valid" else list(_pair(padding))
    layer = L.Conv(
        channels=weight.shape[0],
        kernel=one_or_two(tuple(weight.shape[2:])),
        padding=one_or_two(first),
        padding_end=None if first == last else one_or_two(last),
        groups=called.get(6, "groups", default=1),
        bias=bias is not None,
        spectral_norm=spectral,
        **sizes,
    )
    return trace.reading.add(layer, [trace.value(x)], arrays)


def _conv_transpose(trace: Trace, called: Called) -> Value:
    x, weight, bias = (called.get(place, name) for place, name in enumerate(("input", "weight", "bias")))
    groups = called.get(6, "groups", default=1)
    spectral, arrays = _spectral(trace, weight, bias=bias)
    layer = L.ConvTranspose(
        channels=weight.shape[1] * groups,
        kernel=one_or_two(tuple(weight.shape[2:])),
        padding=one_or_two(_pair(called.get(4, "padding", default=0))),
        output_padding=one_or_two(_pair(called.get(5, "output_padding", default=0))),
        groups=groups,
        bias=bias is not None,
        spectral_norm=spectral,
        **_sizes(called, {"stride": 3, "dilation": 7}),
    )
    return trace.reading.add(layer, [trace.value(x)], arrays)


def _batch_norm(trace: Trace, called: Called) -> Value:
    x, mean, variance = called.get(0, "input"), called.get(1, "running_mean"), called.get(2, "running_var")
    weight, bias = called.get(3, "weight"), called.get(4, "bias")
    rate = called.get(6, "momentum", default=0.1)
    if mean is None or not rate:
        raise refused("batch norm without running statistics, or with momentum=None")
    if (weight is None) != (bias is None):
        raise refused("batch norm with a scale or a bias alone")
    layer = L.BatchNorm(running_update_rate=rate, epsilon=called.get(7, "eps", default=1e-5), affine=weight is not None)
    arrays = _kept(trace, weight=weight, bias=bias, running_mean=mean, running_variance=variance)
    return trace.reading.add(layer, [trace.value(x)], arrays)


def _instance_norm(trace: Trace, called: Called) -> Value:
    weight, bias = called.get(3, "weight"), called.get(4, "bias")
    if not called.get(5, "use_input_stats", default=True):
        raise refused("instance norm with running statistics")
    layer = L.InstanceNorm(epsilon=called.get(7, "eps", default=1e-5), affine=weight is not None)
    return trace.reading.add(layer, [trace.value(called.get(0, "input"))], _kept(trace, weight=weight, bias=bias))


def _group_norm(trace: Trace, called: Called) -> Value:
    groups, weight, bias = called.get(1, "num_groups"), called.get(2, "weight"), called.get(3, "bias")
    settings = {"epsilon": called.get(4, "eps", default=1e-5), "affine": weight is not None}
    layer = L.LayerNorm(**settings) if groups == 1 else L.GroupNorm(groups=groups, **settings)
    return trace.reading.add(layer, [trace.value(called.get(0, "input"))], _kept(trace, weight=weight, bias=bias))


def _layer_norm(trace: Trace, called: Called) -> Value:
    value, weight = trace.value(called.get(0, "input")), called.get(2, "weight")
    if tuple(called.get(1, "normalized_shape")) != value.places.shape:
        raise refused("layer norm over some of the axes")
    if weight is not None and len(value.shape) > 1:
        raise refused("layer norm with a scale for each pixel; one for each channel is nn.GroupNorm(1, channels)")
    layer = L.LayerNorm(epsilon=called.get(4, "eps", default=1e-5), affine=weight is not None)
    return trace.reading.add(layer, [value], _kept(trace, weight=weight, bias=called.get(3, "bias")))


def _embedding(trace: Trace, called: Called) -> Value:
    weight = called.get(1, "weight")
    if called.get(2, "padding_idx") is not None or called.get(3, "max_norm") is not None:
        raise refused("an embedding with padding_idx or max_norm")
    layer = L.Embedding(classes=weight.shape[0], units=weight.shape[1])
    return trace.reading.add(layer, [trace.value(called.get(0, "input"))], _kept(trace, weight=weight))


def _prelu(trace: Trace, called: Called) -> Value:
    value, weight = trace.value(called.get(0, "input")), called.get(1, "weight")
    if weight.numel() == 1 != value.shape[0]:
        trace.reading.remarks["a PReLU's one slope for all channels is one a channel here, all alike at first"] = None
        return trace.reading.add(L.PReLU(), [value], a_channel={"weight": (trace.array(weight), tuple(weight.shape))})
    return trace.reading.add(L.PReLU(), [value], _kept(trace, weight=weight))


LAYERS: dict[str, Follow] = {
    "linear": _linear,
    "conv2d": _conv,
    "conv_transpose2d": _conv_transpose,
    "batch_norm": _batch_norm,
    "instance_norm": _instance_norm,
    "group_norm": _group_norm,
    "layer_norm": _layer_norm,
    "embedding": _embedding,
    "prelu": _prelu,
}
"""By the name of the function."""
