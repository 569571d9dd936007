"""What an ONNX file's input takes, and samples turned into it: layout, channels, size, range and type."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gan_core.errors import UsageError
from gan_core.features.onnx_session import OnnxSession, Shape

FLOATS = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(float16)": np.float16}
LAYOUTS = ("NCHW", "NHWC")
RESIZES = ("bilinear", "bicubic")
LUMA = (0.299, 0.587, 0.114)  # of R, G, B: ITU-R BT.601, as Pillow turns colours to grey
CHANNELS = (1, 3)


@dataclass(frozen=True, kw_only=True)
class OnnxInput:
    """The input of an ONNX file.

    shape: that of one sample as [C, H, W]; free axes are None or a name. batch: how many samples it takes at once, None
    for any number. channels_last: whether the file has [N, H, W, C]. type: onnxruntime's name of the type. value_range:
    that of floats; None for bytes, 0 … 255. range_stated: whether the file's metadata state the range. resize: the
    filter of Pillow's for samples of another size, or None.
    """

    path: Path
    shape: Shape
    batch: int | None
    channels_last: bool
    type: str
    value_range: tuple[float, float] | None
    range_stated: bool
    resize: str | None

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
            "resize = bilinear or bicubic in the file's metadata, or begin its graph with a Resize node"
        )

    def prepared(self, samples: np.ndarray, value_range: tuple[float, float]) -> np.ndarray:
        """Return samples [N, C, H, W] in the layout, size, range and type that the file takes.

        value_range: that of the samples.
        """
        low, high = value_range
        share = (samples.astype(np.float64) - low) / (high - low)
        if share.ndim == 4:
            share = self._of_size(self._of_channels(share))
        if self.channels_last and share.ndim == 4:
            share = np.ascontiguousarray(share.transpose(0, 2, 3, 1))
        if self.value_range is None:
            return np.asarray(np.round(np.clip(share, 0, 1) * 255).astype(np.uint8))
        start, end = self.value_range
        return np.asarray((start + share * (end - start)).astype(FLOATS[self.type]))

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
        if tuple(sides) == images.shape[2:] or self.resize is None:
            return images
        return resized(images, sides[0], sides[1], self.resize)


def _fits(side: int | str | None, length: int) -> bool:
    """Return whether an axis of a file, free unless it is a number, takes a length."""
    return side == length or not isinstance(side, int)


def resized(images: np.ndarray, height: int, width: int, how: str) -> np.ndarray:
    """Return images [N, C, H, W] at another size, by a filter of Pillow's on floats, which averages when it shrinks.

    how: the filter, one of `RESIZES`.
    """
    from PIL import Image

    pictures = np.empty((*images.shape[:2], height, width))
    for place in np.ndindex(images.shape[:2]):
        picture = Image.fromarray(images[place].astype(np.float32))
        pictures[place] = picture.resize((width, height), Image.Resampling[how.upper()])
    return pictures


def read_input(path: Path, session: OnnxSession) -> OnnxInput:
    """Return what a file's input takes. Raises `UsageError` for anything but one input of floats or bytes."""
    inputs, stated = session.inputs, session.metadata
    if len(inputs) != 1 or (inputs[0].type not in FLOATS and inputs[0].type != "tensor(uint8)"):
        shown = ", ".join(f"{value.name} {value.type}" for value in inputs)
        raise UsageError(f"{path}: expected one input of floats or uint8, found {shown or 'none'}")
    batch, *shape = inputs[0].shape or [None]
    channels_last = len(shape) == 3 and _layout(path, stated, shape) == "NHWC"
    return OnnxInput(
        path=path,
        shape=[shape[2], shape[0], shape[1]] if channels_last else shape,
        batch=batch if isinstance(batch, int) and batch > 0 else None,
        channels_last=channels_last,
        type=inputs[0].type,
        value_range=_stated_range(path, stated) if inputs[0].type in FLOATS else None,
        range_stated="value_range" in stated,
        resize=_stated_word(path, stated, "resize", RESIZES),
    )


def _layout(path: Path, metadata: dict[str, str], shape: Shape) -> str:
    """Return the layout that the metadata state; else channels last only if the last axis alone could be channels."""
    if (stated := _stated_word(path, metadata, "layout", LAYOUTS)) is not None:
        return stated
    return "NHWC" if shape[2] in CHANNELS and shape[0] not in CHANNELS else "NCHW"


def _stated_word(path: Path, metadata: dict[str, str], key: str, words: tuple[str, ...]) -> str | None:
    if (word := metadata.get(key)) is None or word in words:
        return word
    raise UsageError(f"{path}: its metadata say {key} '{word[:40]}'; expected {' or '.join(words)}")


def _stated_range(path: Path, metadata: dict[str, str]) -> tuple[float, float]:
    text = metadata.get("value_range", "-1,1")
    try:
        low, high = (float(number) for number in text.split(","))
    except ValueError:
        low = high = math.nan
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise UsageError(
            f"{path}: its metadata say value_range '{text[:40]}'; expected two finite numbers, the lower first, as 0,1"
        )
    return low, high
