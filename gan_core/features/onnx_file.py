"""Features from any ONNX file: the user's own network, or Inception for what papers call FID.

The file's first output is the features, [N, D] (or [N, D, 1, 1]); an output called ``probabilities`` or ``logits``
gives the classes. Its only input is [N, C, H, W]: uint8 takes 0 … 255; floats take the range that the file's metadata
state as ``value_range`` ("0,1"), else −1 … 1. Grey samples are repeated for a network of three channels. Nothing is
resized: a file whose height and width are free can do that itself, as exports of Inception for FID do.
"""

import hashlib
import re
from pathlib import Path
from typing import Any

import numpy as np

from gan_core.data.spec import cache_folder, search_places
from gan_core.errors import UsageError
from gan_core.features.extractor import Features
from gan_core.features.mnist_classifier import softmax

INCEPTION_FILE = "inception-v3.onnx"
ROWS_AT_ONCE = 64
FLOATS = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(float16)": np.float16}


class OnnxExtractor:
    """An `Extractor` that runs an ONNX file. Raises `UsageError` for a file that is none, or lacks what is needed."""

    def __init__(self, path: Path, value_range: tuple[float, float]) -> None:
        self.path, self.value_range = path, value_range
        self.session = _opened(path)
        inputs, outputs = self.session.get_inputs(), self.session.get_outputs()
        if len(inputs) != 1 or (inputs[0].type not in FLOATS and inputs[0].type != "tensor(uint8)"):
            shown = ", ".join(f"{given.name} {given.type}" for given in inputs)
            raise UsageError(f"{path}: expected one input of floats or uint8, found {shown or 'none'}")
        self.input, self.features = inputs[0], outputs[0].name
        self.classes = next((out.name for out in outputs if out.name in ("probabilities", "logits")), None)
        self.model_range = _stated_range(path, self.session.get_modelmeta().custom_metadata_map)

    @property
    def name(self) -> str:
        """The file's name and the first digits of its checksum."""
        return f"{self.path.name} {sha256_of(self.path)[:8]}"

    def __call__(self, samples: np.ndarray) -> Features:
        """See `Extractor`."""
        images = self._repeated(samples)
        self._check_shape(images.shape)
        rows = [self._run(images[start : start + ROWS_AT_ONCE]) for start in range(0, len(images), ROWS_AT_ONCE)]
        values, classes = (np.concatenate(part) for part in zip(*rows, strict=True))
        if self.classes == "logits":
            classes = softmax(classes)
        return Features(values=values, probabilities=classes if self.classes else None)

    def _run(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        wanted = [self.features, *([self.classes] if self.classes else [])]
        try:
            found = self.session.run(wanted, {self.input.name: self._scaled(images)})
        except Exception as error:  # noqa: BLE001  onnxruntime raises its own kinds, which differ between versions
            raise UsageError(f"{self.path} failed on {list(images.shape)}: {_first_line(error)}") from None
        values = np.asarray(found[0], dtype=np.float64)
        if values.ndim < 2 or len(values) != len(images):
            raise UsageError(f"{self.path}: its output '{self.features}' is {list(values.shape)}; expected [N, D]")
        return values.reshape(len(values), -1), np.asarray(found[-1], dtype=np.float64)

    def _repeated(self, samples: np.ndarray) -> np.ndarray:
        shape = self.input.shape
        if samples.ndim == 4 and samples.shape[1] == 1 and len(shape) == 4 and shape[1] == 3:
            return np.repeat(samples, 3, axis=1)
        return samples

    def _check_shape(self, shape: tuple[int, ...]) -> None:
        """Compare with the file's input, whose free axes are names or None."""
        wanted = self.input.shape
        fits = len(wanted) == len(shape) and all(
            side == own for side, own in zip(wanted[1:], shape[1:], strict=True) if isinstance(side, int)
        )
        if not fits:
            shown = ", ".join(str(side) if isinstance(side, int) else "any" for side in wanted[1:])
            raise UsageError(f"{self.path} takes samples of shape [{shown}], but these are {list(shape[1:])}")

    def _scaled(self, images: np.ndarray) -> np.ndarray:
        low, high = self.value_range
        share = (images.astype(np.float64) - low) / (high - low)
        if self.input.type == "tensor(uint8)":
            return np.round(np.clip(share, 0, 1) * 255).astype(np.uint8)
        start, end = self.model_range
        return np.asarray((start + share * (end - start)).astype(FLOATS[self.input.type]))


def find_file(choice: str, data_dir: Path | None) -> Path:
    """Return the local path of ``FILE.onnx``, ``https://…/FILE.onnx#sha256=HEX`` or ``inception``.

    The checksum after # is compared for a file, too; a download goes to the user's cache. Raises `UsageError`.
    """
    place, _, fragment = choice.partition("#")
    digest = fragment.removeprefix("sha256=").lower()
    if fragment and not re.fullmatch(r"sha256=[0-9a-fA-F]{64}", fragment):
        raise UsageError(f"features={choice}: expected #sha256= and 64 hexadecimal digits")
    if place == "inception":
        path = _found_inception(data_dir)
    elif place.startswith(("https://", "http://", "file://")):
        return _downloaded(place, digest)
    else:
        path = Path(place).expanduser()
    if not path.is_file():
        raise UsageError(f"features={place}: no such file")
    if digest and (found := sha256_of(path)) != digest:
        raise UsageError(f"{path} has the checksum {found}, expected {digest}")
    return path


def _found_inception(data_dir: Path | None) -> Path:
    places = search_places(data_dir)
    for place in places:
        if (place / INCEPTION_FILE).is_file():
            return place / INCEPTION_FILE
    looked = ", ".join(str(place) for place in places)
    raise UsageError(
        f"{INCEPTION_FILE} was not found in {looked}; copy an ONNX export of Inception there, or give its address as "
        "features=https://…/FILE.onnx#sha256=HEX"
    )


def _downloaded(url: str, digest: str) -> Path:
    import pooch

    if not digest:
        raise UsageError(f"features={url}: a download needs its checksum: add #sha256=HEX")
    pooch.get_logger().setLevel("ERROR")
    folder = cache_folder() / "features"
    try:
        return Path(pooch.retrieve(url, f"sha256:{digest}", fname=f"{digest[:16]}-{Path(url).name}", path=folder))
    except Exception as error:  # noqa: BLE001  pooch passes on whatever its transport raises
        raise UsageError(f"features={url}: {_first_line(error)}") from None


def _opened(path: Path) -> Any:
    try:
        import onnxruntime
    except ImportError:
        raise UsageError(
            "features from an ONNX file need onnxruntime, which is not installed: run  pip install 'gan-core[onnx]'"
        ) from None
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # it would print the error that is raised anyway
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001  onnxruntime raises its own kinds, which differ between versions
        raise UsageError(f"{path} cannot be read as an ONNX file: {_first_line(error)}") from None


def _stated_range(path: Path, metadata: dict[str, str]) -> tuple[float, float]:
    text = metadata.get("value_range", "-1,1")
    try:
        low, high = (float(number) for number in text.split(","))
    except ValueError:
        raise UsageError(f"{path}: its metadata say value_range '{text}'; expected two numbers, as 0,1") from None
    return low, high


def sha256_of(path: Path) -> str:
    """Return the checksum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
