"""What an ONNX file's input takes, and samples turned into it: layout, channels, size, range and type."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gan_core.errors import UsageError
from gan_core.features.onnx_session import OnnxSession, Shape
from gan_core.features.onnx_settings import Stated

FLOATS = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(float16)": np.float16}
LAYOUTS = ("NCHW", "NHWC")
FILTERS = ("bilinear", "bicubic")
OF_BYTES = "-bytes"  # behind a filter: pictures are rounded to bytes, before it and by it, as they are in files
RESIZES = (*FILTERS, *(f"{name}{OF_BYTES}" for name in FILTERS))
LUMA = (0.299, 0.587, 0.114)  # of R, G, B: ITU-R BT.601, as Pillow turns colours to grey
CHANNELS = (1, 3)


@dataclass(frozen=True, kw_only=True)
class OnnxInput:
    """The input of an ONNX file.

    shape: that of one sample as [C, H, W]; free axes are None or a name. batch: how many samples it takes at once, None
    for any number. channels_last: whether the file has [N, H, W, C]. type: onnxruntime's name of the type. value_range:
    that of floats; None for bytes, 0 … 255. range_stated: whether the range is stated. resize: the filter of Pillow's
    for samples of another size, of `RESIZES`, or None. mean, deviation: what is taken from the floats of each channel,
    and what they are then divided by, [C] or one for all; None for neither.
    """

    path: Path
    shape: Shape
    batch: int | None
    channels_last: bool
    type: str
    value_range: tuple[float, float] | None
    range_stated: bool
    resize: str | None
    mean: tuple[float, ...] | None = None
    deviation: tuple[float, ...] | None = None

    def check(self, shape: tuple[int, ...]) -> None:
        """Raise `UsageError` unless samples of a shape [C, H, W] can be converted to what the file takes."""
        if len(shape) == len(self.shape) == 3:
            channels, height, width = self.shape
            convertible = {shape[0], *CHANNELS} if shape[0] in CHANNELS else {shape[0]}
            sides_fit = all(_fits(side, length) for side, length in zip((height, width), shape[1:], strict=True))
            if (not isinstance(channels, int) or channels in convertible) and (sides_fit or self.resize):
                return
        elif len(shape) == len(self.shape) and all(map(_fits, self.shape, shape)):
            return
        shown = ", ".join(str(side) if isinstance(side, int) else "any" for side in self.shape)
        raise UsageError(
            f"{self.path} takes samples of shape [{shown}], but these are {list(shape)}; for another size state "
            "resize = bilinear or bicubic in the file's metadata, or as #resize=bicubic behind its name, or begin its "
            "graph with a Resize node"
        )

    def prepared(self, samples: np.ndarray, value_range: tuple[float, float]) -> np.ndarray:
        """Return samples [N, C, H, W] in the layout, size, range and type that the file takes.

        value_range: that of the samples.
        """
        low, high = value_range
        share = (samples.astype(np.float64) - low) / (high - low)
        if share.ndim == 4:
            share = self._of_size(self._of_channels(share))
        values: np.ndarray
        if self.value_range is None:
            values = np.round(np.clip(share, 0, 1) * 255).astype(np.uint8)
        else:
            start, end = self.value_range
            values = start + share * (end - start)
            for numbers, change in ((self.mean, np.subtract), (self.deviation, np.divide)):
                if numbers is not None:
                    values = change(values, np.reshape(numbers, (-1, 1, 1)))
            values = values.astype(FLOATS[self.type])
        if self.channels_last and values.ndim == 4:
            values = np.ascontiguousarray(values.transpose(0, 2, 3, 1))
        return np.asarray(values)

    def _of_channels(self, images: np.ndarray) -> np.ndarray:
        if (images.shape[1], self.shape[0]) == (1, 3):
            return np.repeat(images, 3, axis=1)
        if (images.shape[1], self.shape[0]) == (3, 1):
            return np.asarray(np.einsum("nchw,c->nhw", images, np.array(LUMA))[:, None])
        return images

    def _of_size(self, images: np.ndarray) -> np.ndarray:
        sides = [
            side if isinstance(side, int) else length
            for side, length in zip(self.shape[1:], images.shape[2:], strict=True)
        ]
        if self.resize and self.resize.endswith(OF_BYTES):
            images = np.round(np.clip(images, 0, 1) * 255).astype(np.uint8)
        if tuple(sides) != images.shape[2:] and self.resize is not None:
            images = resized(images, sides[0], sides[1], self.resize.removesuffix(OF_BYTES))
        return images / 255 if images.dtype == np.uint8 else images


def _fits(side: int | str | None, length: int) -> bool:
    """Return whether an axis of a file, free unless it is a number, takes a length."""
    return side == length or not isinstance(side, int)


def resized(images: np.ndarray, height: int, width: int, how: str) -> np.ndarray:
    """Return images [N, C, H, W] at another size, by a filter of Pillow's, which averages when it shrinks.

    Bytes stay bytes, rounded as Pillow rounds them; of anything else the filter is one of floats. how: one of
    `FILTERS`.
    """
    from PIL import Image

    of_bytes = images.dtype == np.uint8
    pictures = np.empty((*images.shape[:2], height, width), np.uint8 if of_bytes else np.float64)
    for place in np.ndindex(images.shape[:2]):
        picture = Image.fromarray(images[place] if of_bytes else images[place].astype(np.float32))
        pictures[place] = picture.resize((width, height), Image.Resampling[how.upper()])
    return pictures


def read_input(session: OnnxSession, stated: Stated) -> OnnxInput:
    """Return what a file's input takes. Raises `UsageError` for anything but one input of floats or bytes."""
    inputs, path = session.inputs, stated.path
    if len(inputs) != 1 or (inputs[0].type not in FLOATS and inputs[0].type != "tensor(uint8)"):
        shown = ", ".join(f"{value.name} {value.type}" for value in inputs)
        raise UsageError(f"{path}: expected one input of floats or uint8, found {shown or 'none'}")
    batch, *shape = inputs[0].shape or [None]
    channels_last = len(shape) == 3 and _layout(stated, shape) == "NHWC"
    mean = stated.numbers("mean", "numbers, one a channel, as 0.5,0.5,0.5")
    deviation = stated.numbers("deviation", "numbers above 0, one a channel, as 0.5,0.5,0.5", above=0.0)
    if inputs[0].type not in FLOATS and (mean or deviation):
        raise UsageError(f"{path} takes bytes, of which no mean and deviation are taken; leave them out")
    return OnnxInput(
        path=path,
        shape=_stated_shape(stated, [shape[2], shape[0], shape[1]] if channels_last else shape, mean, deviation),
        batch=batch if isinstance(batch, int) and batch > 0 else None,
        channels_last=channels_last,
        type=inputs[0].type,
        value_range=stated.value_range() if inputs[0].type in FLOATS else None,
        range_stated=stated.text("value_range") is not None,
        resize=stated.word("resize", RESIZES),
        mean=mean,
        deviation=deviation,
    )


def _stated_shape(stated: Stated, shape: Shape, *by_channel: tuple[float, ...] | None) -> Shape:
    """The shape of a sample, its free axes as long as is stated. Raises `UsageError` for what does not fit the file."""
    size = stated.whole_numbers("size", "a side in pixels, as 224, or height and width, as 224,320", 1)
    channels = {len(numbers) for numbers in by_channel if numbers} - {1}
    if len(shape) != 3:
        if size or any(by_channel):
            raise UsageError(f"{stated.path} takes no images, which size, mean and deviation are of; leave them out")
        return shape
    if len(channels) > 1:
        raise UsageError(f"{stated.path}: mean and deviation are stated of different numbers of channels")
    wanted = [next(iter(channels), None), *((size[0], size[-1]) if size else (None, None))]
    words = ("channels, by its mean and deviation", "rows, by its size", "columns, by its size")
    for axis, length, word in zip(shape, wanted, words, strict=True):
        if length is not None and not _fits(axis, length):
            raise UsageError(f"{stated.path} takes {axis} where {length} {word}, are stated")
    return [axis if length is None else length for axis, length in zip(shape, wanted, strict=True)]


def _layout(stated: Stated, shape: Shape) -> str:
    """Return the layout that is stated; else channels last only if the last axis alone could be channels."""
    if (word := stated.word("layout", LAYOUTS)) is not None:
        return word
    return "NHWC" if shape[2] in CHANNELS and shape[0] not in CHANNELS else "NCHW"
