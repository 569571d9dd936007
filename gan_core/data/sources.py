"""Data sets that need no files: digits, and mixtures of Gaussians."""

import dataclasses
import hashlib
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import numpy as np
from typing_extensions import override

from gan_core.data.arrays import Arrays
from gan_core.data.dataset import Dataset
from gan_core.data.spec import Data
from gan_core.errors import SpecError
from gan_core.randomness import stream
from gan_core.specs.spec import NonNegativeInt, PositiveFloat, PositiveInt, Variant

__all__ = ["Arrays", "Digits", "Mixture"]
FRESH_POINTS = 2500  # an evaluation's, by PacGAN's protocol


class Digits(Variant, Data, frozen=True, kw_only=True):
    """scikit-learn's 1,797 real handwritten digits, [1, 8, 8], inside the package: no file, no download."""

    @override
    def load(self, data_dir: Path | None) -> Dataset:
        from sklearn.datasets import load_digits

        bunch = load_digits()
        pixels = np.round(bunch.images * (255 / 16)).astype(np.uint8)[:, None]
        return Dataset(name="digits", samples=pixels, labels=bunch.target.astype(np.int64), classes=10)

    @override
    def suitable_extractor(self, dataset: Dataset) -> str:
        return "pixels"


class Mixture(Variant, Data, frozen=True, kw_only=True):
    """Points [2] from equally likely Gaussians in the plane; the label is the mode.

    layout: "square" takes the first `modes` of (0,0), (±5,±5), (0,±5), (±5,0) and divides all by their largest
        absolute value over `extent` (the tutorial's set, sd .5, extent .9);
        "ring" places them on a circle of radius 1, "grid" at −4, −2 … 4 (PacGAN, Lin et al. 2018: sd .01 and .05).
    modes: how many Gaussians; their numbers are the labels. standard_deviation: that of each, before scaling.
    points: how many points, shared evenly by the modes. extent: the largest absolute coordinate after scaling; none
        leaves the points unscaled. seed: the points' seed, apart from that of the training.
    """

    layout: Literal["square", "ring", "grid"] = "ring"
    modes: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 8
    standard_deviation: PositiveFloat = 0.01
    points: PositiveInt = 10_000
    extent: PositiveFloat | None = None
    seed: NonNegativeInt = 0

    def check(self) -> None:
        """Raise `SpecError` where the layout has no room for the modes."""
        if self.layout == "square" and self.modes > 9:
            raise SpecError(f"mixture.modes: the layout 'square' has 9 centres, got {self.modes}; use ring or grid")
        if self.layout == "grid" and round(self.modes**0.5) ** 2 != self.modes:
            raise SpecError(f"mixture.modes: a grid needs a square number, got {self.modes}")

    @override
    def load(self, data_dir: Path | None) -> Dataset:
        generator = stream(self.seed, "mixture")
        centres = self.centres()
        mode = np.arange(self.points) % self.modes
        generator.shuffle(mode)
        points = centres[mode] + self.standard_deviation * generator.standard_normal((self.points, 2))
        deviation = self.standard_deviation
        if self.extent is not None:
            scale = float(self.extent / np.abs(points).max())
            points, centres, deviation = points * scale, centres * scale, deviation * scale
        name = f"{self.layout} of {self.modes} modes"
        # rounded, since processors differ in the last digit of a cosine, and a run may move
        rounded = hashlib.sha256((np.round(points, 6) + 0.0).tobytes()).hexdigest()
        return Dataset(
            name=name,
            samples=points,
            labels=mode,
            classes=self.modes,
            kind="points",
            centres=centres,
            mode_deviation=deviation,
            samples_sha256=rounded,
        )

    @override
    def fresh_samples(self, dataset: Dataset, count: int | None, draw: int) -> Dataset:
        unscaled = msgspec.structs.replace(self, extent=None, points=count or FRESH_POINTS, seed=self.seed + draw)
        fresh = unscaled.load(None)
        return dataclasses.replace(
            fresh, name=f"fresh points, seed {unscaled.seed}", samples=fresh.samples * self._scale_of(dataset)
        )

    def _scale_of(self, dataset: Dataset) -> float:
        """Return what these points were multiplied by; `extent` refers to the largest of them, whatever their seed."""
        if self.extent is None:
            return 1.0
        unscaled = msgspec.structs.replace(self, extent=None).load(None)
        return float(np.abs(dataset.samples).max() / np.abs(unscaled.samples).max())

    def centres(self) -> np.ndarray:
        """Return the centres [modes, 2] before scaling."""
        if self.layout == "ring":
            angle = 2 * np.pi * np.arange(self.modes) / self.modes
            return np.stack([np.cos(angle), np.sin(angle)], axis=1)
        if self.layout == "grid":
            side = round(self.modes**0.5)
            line = 2.0 * np.arange(side) - (side - 1)
            return np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2)
        all_centres = [(0, 0), (5, 5), (5, -5), (-5, 5), (-5, -5), (0, 5), (0, -5), (5, 0), (-5, 0)]
        return np.array(all_centres[: self.modes], dtype=np.float64)
