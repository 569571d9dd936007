"""Functions of Paddle's own without weights, as layers of ours, beside those that all frameworks share."""

from typing import Any

from gan_core.contract.feature_orders import Value
from gan_core.contract.foreign_functions import plain
from gan_core.contract.foreign_tracing import Called, Follow, Trace
from gan_core.contract.user_places import refused
from gan_core.specs import layers as L


def _gelu(called: Called) -> L.GELU:
    return L.GELU(form="tanh" if called.get(1, "approximate", default=False) else "exact")


def _dropout(called: Called) -> L.Dropout:
    mode = called.get(4, "mode", default="upscale_in_train")
    if mode != "upscale_in_train" or called.named.get("axis") is not None:
        raise refused(f"{called.name} with mode='{mode}' or an axis")
    return L.Dropout(rate=called.get(1, "p", default=0.5), per_channel=called.name == "dropout2d")


def _number(called: Called, size: Any) -> Any:
    sizes = {int(one) for one in size} if isinstance(size, list | tuple) else {size}
    if len(sizes) != 1:
        raise refused(f"{called.name} with windows that are no squares")
    return sizes.pop()


def _pool(called: Called) -> L.AveragePool | L.MaxPool:
    """A pool over squares without padding."""
    if called.get(3, "padding", default=0) not in (0, [0, 0], (0, 0)):
        raise refused(f"{called.name} with padding")
    called.require(ceil_mode=False, divisor_override=None, data_format="NCHW")
    kind = L.AveragePool if called.name == "avg_pool2d" else L.MaxPool
    size, stride = (_number(called, called.get(place, name)) for place, name in ((1, "kernel_size"), (2, "stride")))
    return kind(size=size, stride=None if stride == size else stride)


def _interpolated(trace: Trace, called: Called) -> Value:
    value = trace.value(called.get(0, "x"))
    before, after = value.places.shape[1:], trace.shape(called.result)[1:]
    mode = str(called.get(3, "mode", default="nearest")).lower()
    scales = {new / old for new, old in zip(after, before, strict=True)}
    if len(before) != 2 or len(scales) != 1 or called.get(4, "align_corners", default=False):
        raise refused(f"{called.name} from {list(before)} to {list(after)} pixels with these settings")
    scale = scales.pop()
    if mode == "nearest" and scale == int(scale):
        return value if scale == 1 else trace.reading.add(L.Upsample(factor=int(scale)), [value])
    if mode != "bilinear" or called.get(5, "align_mode", default=0):
        raise refused(f"{called.name} with mode='{mode}' by {scale:g}")
    return trace.reading.add(L.Resize(scale=scale), [value])


def _padded(trace: Trace, called: Called) -> Value:
    value, pixels = trace.value(called.get(0, "x")), called.get(1, "pad", "padding")
    pixels = [int(pixels)] * 4 if isinstance(pixels, int) else [int(one) for one in pixels]
    mode = called.get(2, "mode", default="constant")
    if len(pixels) != 4 or mode not in ("constant", "reflect", "replicate") or called.get(3, "value", default=0):
        raise refused(f"{called.name} by {pixels} with mode='{mode}' and this value")
    left, right, top, bottom = pixels
    if mode == "constant":
        return trace.reading.pad(value, ((top, bottom), (left, right)))
    if len(set(pixels)) != 1:
        raise refused(f"{called.name} with mode='{mode}' by other pixels at each edge")
    return trace.reading.add(L.Pad(pixels=left, mode=mode), [value])


FUNCTIONS: dict[str, Follow] = {
    "gelu": plain(_gelu),
    "dropout": plain(_dropout),
    "dropout2d": plain(_dropout),
    "avg_pool2d": plain(_pool),
    "max_pool2d": plain(_pool),
    **dict.fromkeys(("interpolate", "upsample"), _interpolated),
    **dict.fromkeys(("pad", "zeropad2d"), _padded),
}
"""By the name of the function."""
