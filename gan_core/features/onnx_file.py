"""Features from any ONNX file: a network of the user's.

The features are the output called ``features``, else the first that is called neither ``logits`` nor
``probabilities``: [N, D] or [N, D, 1, 1]. An output of these two names gives the classes. The only input is
[N, C, H, W] or [N, H, W, C], bytes 0 … 255 or floats, with a free or a fixed number N of samples at once. Grey samples
are repeated for three channels, coloured ones turned to grey for one. The file's metadata may state, or words behind
the file's name, as ``FILE.onnx#resize=bicubic#size=224``, which count more,

- ``value_range``, such as "0,1": of floats; −1 … 1 if nothing is stated, and then an evaluation says so;
- ``mean`` and ``deviation``, such as "0.5,0.5,0.5": taken from each channel in that range, and what it is divided by;
- ``layout``, "NCHW" or "NHWC", where the shape does not tell;
- ``resize``, "bilinear" or "bicubic": samples of another size are resized as Pillow does it with floats;
  "bilinear-bytes" or "bicubic-bytes": as it does it with pictures of bytes, to which samples of any size are rounded.
  Nothing is resized otherwise; a file whose height and width are free can do it itself;
- ``size``, such as "224" or "224,320": height and width where the file leaves them free;
- ``output``: the name of the features in place of ``features``;
- ``token``, such as "0": where features are [N, tokens, D], the token that is taken, mostly that of the class.

``FILE.onnx#dinov2`` states what a DINOv2 is evaluated with, see `onnx_settings.PREPARATIONS`.

All of this is in the extractor's name: the words, and the checksum of the file. FID as papers print it is that of
`inception_network`. Files run in a process of their own, within bounds on memory and time.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gan_core.errors import UsageError
from gan_core.features.addressed_files import addressed_file, sha256_of
from gan_core.features.extractor import Features
from gan_core.features.mnist_classifier import softmax
from gan_core.features.onnx_input import read_input
from gan_core.features.onnx_session import LimitError, OnnxSession, Value, files_of
from gan_core.features.onnx_settings import Stated, settings_of
from gan_core.live_lines import counted

ROWS_AT_ONCE = (64, 8, 1)  # the next number where a file exceeds its bounds
OF_CLASSES = ("probabilities", "logits")


class OnnxExtractor:
    """An `Extractor` that runs an ONNX file. Raises `UsageError` for a file that is none, or has no features.

    words: what is stated behind the file's name, see `onnx_settings.settings_of`. training_samples: how many training
    samples are searched for copies, since such files are slow.
    """

    training_samples = 10_000

    def __init__(self, path: Path, value_range: tuple[float, float], words: Sequence[str] = ()) -> None:
        self.path, self.value_range, self.words = path, value_range, tuple(words)
        given = settings_of(words, path.name)
        self.session = OnnxSession(path)
        stated = Stated(path=path, metadata=self.session.metadata, given=given)
        self.input = read_input(self.session, stated)
        tokens = stated.whole_numbers("token", "the number of one token, as 0", 0)
        self.token = None if tokens is None else tokens[0]
        self.features = _features_among(path, self.session.outputs, stated.text("output"), self.token)
        self.classes = next((out.name for out in self.session.outputs if out.name.lower() in OF_CLASSES), None)
        self._at_once: int | None = self.input.batch

    @property
    def name(self) -> str:
        """The file's name, what is stated behind it, and the first digits of its checksum, with weights beside it."""
        digest = sha256_of(*files_of(self.path))
        return f"{'#'.join((self.path.name, *self.words))} {digest[:8]}"

    @property
    def notes(self) -> list[str]:
        """What is assumed about the file, a line for each assumption."""
        if self.input.range_stated or self.input.value_range is None:
            return []
        return [
            f"{self.path.name} does not state the range of its input and was given −1 … 1; if it takes another one, "
            "these numbers mean nothing: state it in the file's metadata as value_range, such as 0,1, or as "
            f"features={self.path.name}#value_range=0,1"
        ]

    def __call__(self, samples: np.ndarray) -> Features:
        """Return the features of samples [N, C, H, W]. Raises `UsageError` for samples that the file cannot take."""
        if len(samples) == 0:
            raise UsageError(f"{self.path}: no samples to work features out of")
        self.input.check(samples.shape[1:])
        at_once = self._at_once or self._most_at_once(samples)
        if len(samples) >= at_once:
            self._at_once = at_once  # which fewer samples than that could not tell
        rows = []
        with counted("features", len(samples), "samples") as show:
            for start in range(0, len(samples), at_once):
                rows.append(self._run(samples[start : start + at_once]))
                show(min(start + at_once, len(samples)))
        values, classes = (np.concatenate(part) for part in zip(*rows, strict=True))
        if self.classes is None:
            return Features(values=values)
        if not np.isfinite(classes).all():
            raise UsageError(f"{self.path}: its output '{self.classes}' is NaN or infinite")
        return Features(values=values, probabilities=softmax(classes) if self.classes.lower() == "logits" else classes)

    def _most_at_once(self, samples: np.ndarray) -> int:
        """Return how many samples the file can take at once, where it leaves that free: as many as the bounds allow."""
        self._run(samples[:1])
        for count in ROWS_AT_ONCE[:-1]:
            try:
                self._run(samples[:count])
            except LimitError:
                continue
            return count
        return ROWS_AT_ONCE[-1]

    def _run(self, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return features and classes of samples; the last sample is repeated up to the fixed number of a file."""
        missing = 0 if self.input.batch is None else self.input.batch - len(samples)
        batch = np.concatenate([samples, np.repeat(samples[-1:], missing, axis=0)])
        names = [self.features, *([self.classes] if self.classes else [])]
        outputs = self.session.run(names, self.input.prepared(batch, self.value_range), self.token)
        values = self._checked(self.features, outputs[0], len(batch))[: len(samples)]
        return values, self._checked(names[-1], outputs[-1], len(batch))[: len(samples)]

    def _checked(self, name: str, value: np.ndarray, count: int) -> np.ndarray:
        """Return an output as float64 [N, D]. Raises `UsageError` for any other shape."""
        _check_flat(self.path, name, list(value.shape))
        if value.dtype.kind not in "biuf" or value.ndim < 2 or len(value) != count:
            shape = list(value.shape)
            raise UsageError(f"{self.path}: its output '{name}' is {shape} for {count} samples; expected [{count}, D]")
        return value.reshape(count, -1).astype(np.float64)


def _features_among(path: Path, outputs: list[Value], stated: str | None, token: int | None) -> str:
    """Return the name of the output that holds features. Raises `UsageError` where none can be.

    stated: its name, where that is stated. token: which token of it is taken, where it has tokens.
    """
    if stated is not None and stated not in [out.name for out in outputs]:
        shown = ", ".join(out.name for out in outputs)
        raise UsageError(f"{path} has no output '{stated[:60]}'; it has {shown}")
    candidates = [out for out in outputs if out.name.lower() not in OF_CLASSES or out.name == stated]
    if not candidates:
        shown = ", ".join(out.name for out in outputs)
        raise UsageError(
            f"{path} gives {shown or 'nothing'}, which are no features; add the values before the last layer to its "
            "graph as an output called features"
        )
    wanted = "features" if stated is None else stated
    chosen = next((out for out in candidates if wanted in (out.name, out.name.lower())), candidates[0])
    if not chosen.type.startswith("tensor("):
        raise UsageError(f"{path}: its output '{chosen.name}' is {chosen.type}; expected a tensor [N, D]")
    tokens = len(chosen.shape) == 3 and token is not None
    _check_flat(path, chosen.name, [chosen.shape[0], *chosen.shape[2:]] if tokens else chosen.shape)
    return chosen.name


def _check_flat(path: Path, name: str, shape: Sequence[int | str | None]) -> None:
    """Raise `UsageError` for feature maps and sequences; a shape that is not known yet passes."""
    if all(side == 1 or not isinstance(side, int) for side in shape[2:]):
        return
    shown = ", ".join(str(side) if isinstance(side, int) else "any" for side in shape)
    of_tokens = f"; of tokens, of which the first is often that of the class, say {path.name}#token=0"
    raise UsageError(
        f"{path}: its output '{name}' is [{shown}], not one row of features a sample; pool it in the graph (by a "
        "GlobalAveragePool node, or a mean over the axes after the second) so that it is [N, D]"
        f"{of_tokens if len(shape) == 3 else ''}"
    )


def find_file(choice: str) -> Path:
    """Return the local path of ``FILE.onnx`` or ``https://…/FILE.onnx#sha256=HEX``. Raises `UsageError`."""
    return addressed_file(choice, "features", _local)


def _local(place: str) -> Path:
    path = Path(place).expanduser()
    if not path.is_file():
        raise UsageError(f"features={place}: no such file")
    return path
