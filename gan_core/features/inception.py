"""Features of the network that papers compute FID with: 2,048 values, and the probabilities of its 1,008 classes."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from gan_core.contract.backend import Call, CompiledUnit
from gan_core.data.places import cache_folder, downloaded, search_places
from gan_core.errors import DataError, UsageError
from gan_core.features.addressed_files import sha256_of
from gan_core.features.extractor import Features
from gan_core.features.inception_images import RESIZES, as_bytes
from gan_core.features.inception_network import FEATURES, IMAGE, LOGITS, network, read_weights
from gan_core.features.mnist_classifier import softmax
from gan_core.files.downloads import Published
from gan_core.live_lines import counted
from gan_core.operations.ops import Array
from gan_core.operations.workers import alone
from gan_core.plans.plans import Plan, plan_network
from gan_core.training.machine import Machine

FILES = ("pt_inception-2015-12-05-6726825d.pth", "weights-inception-2015-12-05-6726825d.pth")
URL = "https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/"
PUBLISHED = Published(size=95_628_359, sha256="6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2")
WORDS = {"inception": "tensorflow", "inception-pytorch-fid": "pytorch-fid", "inception-clean": "clean"}
ROWS_AT_ONCE = 16


class InceptionExtractor:
    """An `Extractor` that runs the FID network on a machine's framework.

    resize: of `inception_images.RESIZES`. weights: as of `inception_network.read_weights`. value_range: that of the
    samples. dtype: in which the network is computed. training_samples: how many training samples are searched for
    copies, since it is slow.
    """

    training_samples = 10_000

    def __init__(
        self,
        resize: str,
        weights: Mapping[str, np.ndarray],
        value_range: tuple[float, float],
        machine: Machine,
        dtype: str = "float32",
    ) -> None:
        self.resize, self.weights, self.value_range, self.machine = resize, weights, value_range, machine
        self.dtype = dtype
        self.plan: Plan = plan_network("inception", network())

    @property
    def name(self) -> str:
        """The graph's name with the resize; frameworks' features differ by rounding alone."""
        return f"inception-2015-12-05, resized as {self.resize}"

    def __call__(self, samples: np.ndarray) -> Features:
        """Return the features [N, 2048] and probabilities [N, 1008] of images [N, C, H, W] of 1 or 3 channels."""
        if len(samples) == 0:
            raise UsageError("inception: no samples to work features out of")
        values, logits = [], []
        with counted("features", len(samples), "samples") as show:
            for start in range(0, len(samples), ROWS_AT_ONCE):
                part = samples[start : start + ROWS_AT_ONCE]
                missing = min(ROWS_AT_ONCE, len(samples)) - len(part)  # of one size, which is compiled once
                whole = np.concatenate([part, np.repeat(part[-1:], missing, axis=0)])
                found = self.outputs(RESIZES[self.resize](as_bytes(whole, self.value_range)))
                values.append(found[FEATURES][: len(part)])
                logits.append(found[LOGITS][: len(part)])
                show(min(start + ROWS_AT_ONCE, len(samples)))
        rows = np.concatenate(values).astype(np.float64)
        return Features(values=rows, probabilities=softmax(np.concatenate(logits).astype(np.float64)))

    def outputs(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """Return features and logits of images [N, 3, 299, 299] as the network takes them, by their names."""
        unit, backend = self._unit
        found = unit({IMAGE: images.astype(self.dtype)})
        return {name: np.array(backend.to_numpy(found[name])) for name in (FEATURES, LOGITS)}

    @cached_property
    def _unit(self) -> tuple[CompiledUnit, Any]:
        backend = self.machine.load_backend(self.dtype)
        native = backend.build_network(self.plan, {name: one.astype(self.dtype) for name, one in self.weights.items()})

        def the_features(inputs: Mapping[str, Any]) -> dict[str, Array]:
            with alone(backend.ops):
                return native.outputs({IMAGE: inputs[IMAGE]}, Call(training=False, weights=None, random=None))

        with alone(backend.ops):
            return backend.compile(the_features, [self.plan]), backend


def inception_extractor(word: str, value_range: tuple[float, float], machine: Machine) -> InceptionExtractor:
    """Return the extractor that a word of `WORDS` means, with the published weights. Raises `UsageError` without."""
    path = weights_file(machine.data_dir)
    weights = read_weights(plan_network("inception", network()), path)
    return InceptionExtractor(WORDS[word], weights, value_range, machine)


def weights_file(data_dir: Path | None) -> Path:
    """Return the published file of weights: where data are, or downloaded to the user's cache.

    Raises `UsageError` for a file that is another one, and where there is none and the download fails.
    """
    places = search_places(data_dir)
    for place in places:
        for name in FILES:
            if (path := place / name).is_file():
                if (checksum := sha256_of(path)) != PUBLISHED.sha256:
                    raise UsageError(f"{path} has the checksum {checksum}, expected {PUBLISHED.sha256}; remove it")
                return path
    looked = ", ".join(str(place) for place in places)
    not_found = (
        f"features=inception needs {FILES[0]} ({PUBLISHED.size:,} bytes, SHA-256 {PUBLISHED.sha256}), which was not "
        f"found in {looked}"
    )
    try:
        return downloaded(URL, FILES[0], PUBLISHED, cache_folder(), not_found)
    except DataError as error:
        raise UsageError(str(error)) from None
