"""Layers and operations of Keras's without weights, as layers of ours."""

from collections.abc import Callable, Sequence
from typing import Any

from keras import KerasTensor

from gan_core.contract.feature_orders import Value
from gan_core.contract.foreign_functions import activated
from gan_core.contract.foreign_networks import Reading
from gan_core.contract.user_places import refused
from gan_core.specs import layers as L

_Follow = Callable[[Reading, Any, Sequence[Value], Any], Value]  # (reading, layer, what it reads, its node) → output


def _plain(make: Callable[[Any], L.LayerSpec]) -> _Follow:
    return lambda reading, layer, values, node: reading.add(make(layer), values)


def _inner(shape: Sequence[Any]) -> list[int]:
    return [int(size) for size in shape[1:]]


def _reshaped(reading: Reading, layer: Any, values: Sequence[Value], node: Any) -> Value:
    return reading.reshape(values[0], _inner(node.output.shape))


def _permuted(reading: Reading, layer: Any, values: Sequence[Value], node: Any) -> Value:
    return reading.permute(values[0], [axis - 1 for axis in layer.dims])


def _activation(reading: Reading, layer: Any, values: Sequence[Value], node: Any) -> Value:
    name = getattr(layer.activation, "__name__", type(layer.activation).__name__)
    return activated(reading, values[0], name)


def _leaky(layer: Any) -> L.LeakyReLU:
    return L.LeakyReLU(slope=round(float(layer.negative_slope), 8))


def _relu(layer: Any) -> L.LayerSpec:
    settings = vars(layer)  # an operation has none
    if settings.get("max_value") is not None or settings.get("threshold"):
        raise refused("ReLU with max_value or threshold")
    return _leaky(layer) if settings.get("negative_slope") else L.ReLU()


def _elu(layer: Any) -> L.ELU:
    if layer.alpha != 1:
        raise refused(f"ELU with alpha={layer.alpha}")
    return L.ELU()


def _square(size: Any, what: str) -> int:
    sizes = set(size) if isinstance(size, list | tuple) else {size}
    if len(sizes) != 1:
        raise refused(f"{what} that are no squares")
    return int(sizes.pop())


def _pool(layer: Any) -> L.AveragePool | L.MaxPool:
    if layer.padding != "valid":
        raise refused(f"pooling with padding='{layer.padding}'")
    kind = L.AveragePool if "Average" in type(layer).__name__ else L.MaxPool
    size, stride = _square(layer.pool_size, "windows"), _square(layer.strides, "strides")
    return kind(size=size, stride=None if stride == size else stride)


def _global_mean(reading: Reading, layer: Any, values: Sequence[Value], node: Any) -> Value:
    return reading.reshape(reading.add(L.GlobalPool(), values), _inner(node.output.shape))


def _global_maximum(reading: Reading, layer: Any, values: Sequence[Value], node: Any) -> Value:
    pooled = reading.add(L.MaxPool(size=_square(values[0].shape[1:], "images")), values)
    return reading.reshape(pooled, _inner(node.output.shape))


def _enlarged(layer: Any) -> L.LayerSpec:
    factor = _square(layer.size, "factors")
    if layer.interpolation == "bilinear":
        return L.Resize(scale=factor)
    if layer.interpolation != "nearest":
        raise refused(f"UpSampling2D with interpolation='{layer.interpolation}'")
    return L.Upsample(factor=factor)


def _padded(reading: Reading, layer: Any, values: Sequence[Value], node: Any) -> Value:
    rows, columns = layer.padding
    return reading.pad(values[0], (tuple(rows), tuple(columns)))


def _cropped(layer: Any) -> L.Crop:
    (before, after), columns = layer.cropping
    if tuple(columns) != (before, after):
        raise refused("Cropping2D of other rows than columns")
    return L.Crop(before=before, after=after)


def _joined(reading: Reading, layer: Any, values: Sequence[Value], node: Any) -> Value:
    rank = len(node.output.shape)
    if layer.axis % rank != rank - 1:
        raise refused(f"Concatenate along axis {layer.axis}; expected the last one")
    return reading.add(L.Concat(), values)


def _softmax(reading: Reading, layer: Any, values: Sequence[Value], node: Any) -> Value:
    if layer.axis not in (-1, len(node.output.shape) - 1):
        raise refused(f"Softmax along axis {layer.axis}; expected the last one")
    return reading.add(L.Softmax(), values)


def _several(make: Callable[[], L.LayerSpec]) -> _Follow:
    def follow(reading: Reading, layer: Any, values: Sequence[Value], node: Any) -> Value:
        arrays = [one for one in node.given if isinstance(one, KerasTensor)]
        if len(arrays) != len(node.given) or len(values) < 2:
            raise refused(f"{type(layer).__name__} of a number or a constant")
        return reading.add(make(), values)

    return follow


def _product(reading: Reading, layer: Any, values: Sequence[Value], node: Any) -> Value:
    numbers = [float(one) for one in node.given if isinstance(one, int | float)]
    if len(values) == 1 and len(numbers) == 1:
        return reading.add(L.Scale(factor=numbers[0]), values)
    return _several(L.Multiply)(reading, layer, values, node)


def _rescaled(layer: Any) -> L.Scale:
    if layer.offset:
        raise refused("Rescaling with an offset")
    return L.Scale(factor=float(layer.scale))


def _gelu(layer: Any) -> L.GELU:
    return L.GELU(form="tanh" if getattr(layer, "approximate", True) else "exact")


FUNCTIONS: dict[str, _Follow] = {
    **dict.fromkeys(("Flatten", "Reshape", "Squeeze", "ExpandDims"), _reshaped),
    "Permute": _permuted,
    "Activation": _activation,
    **dict.fromkeys(("LeakyReLU", "LeakyRelu"), _plain(_leaky)),
    **dict.fromkeys(("ReLU", "Relu"), _plain(_relu)),
    **dict.fromkeys(("ELU", "Elu"), _plain(_elu)),
    "Tanh": _plain(lambda layer: L.Tanh()),
    "Sigmoid": _plain(lambda layer: L.Sigmoid()),
    "Silu": _plain(lambda layer: L.SiLU()),
    "Gelu": _plain(_gelu),
    "Softmax": _softmax,
    "Dropout": _plain(lambda layer: L.Dropout(rate=layer.rate)),
    "SpatialDropout2D": _plain(lambda layer: L.Dropout(rate=layer.rate, per_channel=True)),
    **dict.fromkeys(("AveragePooling2D", "MaxPooling2D"), _plain(_pool)),
    "GlobalAveragePooling2D": _global_mean,
    "GlobalMaxPooling2D": _global_maximum,
    "UpSampling2D": _plain(_enlarged),
    "ZeroPadding2D": _padded,
    "Cropping2D": _plain(_cropped),
    "Concatenate": _joined,
    "Add": _several(L.Add),
    "Multiply": _product,
    "Rescaling": _plain(_rescaled),
    "Identity": lambda reading, layer, values, node: values[0],
    "Cast": lambda reading, layer, values, node: values[0],
}
"""By the name of the class."""
