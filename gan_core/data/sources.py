"""Data sets that need no files: digits, and mixtures of Gaussians."""

import dataclasses
import hashlib
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import numpy as np
from typing_extensions import override

from gan_core.data.arrays import Arrays
from gan_core.data.cancer_table import CancerTable
from gan_core.data.dataset import Dataset
from gan_core.data.derived_domains import LabelledPart, PlainAndChanged
from gan_core.data.derived_pairs import FromGrey, FromLowResolution, FromMasked
from gan_core.data.mixed_tables import MixedTable
from gan_core.data.pairs import PairedFolders, SideBySide
from gan_core.data.spec import Data
from gan_core.errors import SpecError
from gan_core.randomness import stream
from gan_core.specs.spec import NonNegativeInt, PositiveFloat, PositiveInt, Variant

# what is imported for it joins the family of data by name
__all__ = [
    "Arrays",
    "CancerTable",
    "Digits",
    "FromGrey",
    "FromLowResolution",
    "FromMasked",
    "LabelledPart",
    "MixedTable",
    "Mixture",
    "PairedFolders",
    "PlainAndChanged",
    "SideBySide",
]
CORNERS = ((0, 0), (5, 5), (5, -5), (-5, 5), (-5, -5))
NINE_CENTRES = {
    "square": (*CORNERS, (0, 5), (0, -5), (5, 0), (-5, 0)),
    "tutorial": (*CORNERS, (0, 5), (5, 0), (-5, 0), (0, -5)),
}
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

    layout: "tutorial" takes the first `modes` of (0,0), (5,5), (5,−5), (−5,5), (−5,−5), (0,5), (5,0), (−5,0), (0,−5),
        and brings each axis to `extent` by itself (sd .5, extent .9), by which the modes' deviations come to differ by
        a percent or two from axis to axis: `Dataset.mode_deviation` is their mean;
        "square" has (0,−5) before (5,0) and (−5,0), so that 7 and 8 modes are others, and one scale for both axes;
        "ring" places them on a circle of radius 1, "grid" at −4, −2 … 4 (PacGAN, Lin et al. 2018: sd .01 and .05).
    modes: how many Gaussians; their numbers are the labels. standard_deviation: that of each, before scaling.
    points: how many points, shared evenly by the modes. extent: the largest absolute coordinate after scaling; none
        leaves the points unscaled. seed: the points' seed, apart from that of the training.
    """

    layout: Literal["square", "ring", "grid", "tutorial"] = "ring"
    modes: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 8
    standard_deviation: PositiveFloat = 0.01
    points: PositiveInt = 10_000
    extent: PositiveFloat | None = None
    seed: NonNegativeInt = 0

    def check(self) -> None:
        """Raise `SpecError` where the layout has no room for the modes."""
        if self.layout in NINE_CENTRES and self.modes > 9:
            raise SpecError(
                f"mixture.modes: the layout '{self.layout}' has 9 centres, got {self.modes}; use ring or grid"
            )
        if self.layout == "grid" and round(self.modes**0.5) ** 2 != self.modes:
            raise SpecError(f"mixture.modes: a grid needs a square number, got {self.modes}")

    @property
    def shape_in_words(self) -> str:
        """What the centres form: a square, a ring or a grid."""
        return "tutorial's square" if self.layout == "tutorial" else self.layout

    @override
    def load(self, data_dir: Path | None) -> Dataset:
        generator = stream(self.seed, "mixture")
        centres = self.centres()
        mode = np.arange(self.points) % self.modes
        generator.shuffle(mode)
        points = centres[mode] + self.standard_deviation * generator.standard_normal((self.points, 2))
        deviation = self.standard_deviation
        if self.extent is not None:
            scale = self.extent / self._reach(points)
            points, centres, deviation = points * scale, centres * scale, deviation * float(scale.mean())
        name = f"{self.shape_in_words} of {self.modes} modes"
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

    def _scale_of(self, dataset: Dataset) -> np.ndarray | float:
        """Return what these points were multiplied by; `extent` refers to the largest of them, whatever their seed."""
        if self.extent is None:
            return 1.0
        unscaled = msgspec.structs.replace(self, extent=None).load(None)
        return np.asarray(self._reach(dataset.samples) / self._reach(unscaled.samples))

    def _reach(self, points: np.ndarray) -> np.ndarray:
        """The largest absolute coordinate of points [N, 2]: of each axis, or of both."""
        return np.asarray(np.abs(points).max(axis=0 if self.layout == "tutorial" else None))

    def centres(self) -> np.ndarray:
        """Return the centres [modes, 2] before scaling."""
        if self.layout == "ring":
            angle = 2 * np.pi * np.arange(self.modes) / self.modes
            return np.stack([np.cos(angle), np.sin(angle)], axis=1)
        if self.layout == "grid":
            side = round(self.modes**0.5)
            line = 2.0 * np.arange(side) - (side - 1)
            return np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2)
        return np.array(NINE_CENTRES[self.layout][: self.modes], dtype=np.float64)
