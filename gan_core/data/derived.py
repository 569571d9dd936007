"""The base of data that are made of another data set, and what pictures such data take."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from typing_extensions import override

from gan_core.data.dataset import Dataset
from gan_core.data.decoding import Target
from gan_core.data.spec import Data, HeldOut
from gan_core.errors import DataError
from gan_core.specs.spec import Variant, variant_name


class Derived(Variant, Data, frozen=True, kw_only=True):
    """Base of data that are made of another data set, `source`; what is held out there, is held out here."""

    is_base = True
    source: Data

    @property
    @override
    def sample_kind(self) -> str:
        return self.source.sample_kind

    @override
    def as_written(self, plain: Mapping[str, Any]) -> "Derived":
        return msgspec.structs.replace(self, source=self.source.as_written(plain.get("source", {})))

    @override
    def held_out(self) -> HeldOut | None:
        part = self.source.held_out()
        return part and part._replace(data=msgspec.structs.replace(self, source=part.data))

    @override
    def picture_target(self, shape: tuple[int, ...]) -> Target:
        return self.source.picture_target(shape)

    def load_pictures(self, data_dir: Path | None, channels: tuple[int, ...] = (1, 3)) -> Dataset:
        """Return the source's data. Raises `DataError` unless they are one set of images with so many channels."""
        word, dataset = variant_name(type(self).__name__), self.source.load(data_dir)
        if dataset.second_domain is not None:
            raise DataError(f"{word}: '{dataset.name}' has two domains already; expected one set of images")
        if dataset.samples.dtype != np.uint8 or len(dataset.shape) != 3 or dataset.shape[0] not in channels:
            kind = "colour images" if channels == (3,) else "images"
            raise DataError(
                f"{word}: '{dataset.name}' holds {dataset.samples.dtype} {list(dataset.shape)}; "
                f"expected {kind}, uint8 [{' or '.join(map(str, channels))}, H, W]"
            )
        return dataset


class SameSamples(Derived, frozen=True, kw_only=True):
    """Base of those whose samples are the source's, as they are there: what judges these judges them too."""

    is_base = True

    @override
    def unseen_by_classifier(self, count: int) -> np.ndarray | None:
        return self.source.unseen_by_classifier(count)

    @override
    def suitable_extractor(self, dataset: Dataset) -> str | None:
        return self.source.suitable_extractor(dataset)

    @override
    def original(self) -> Data:
        return self.source.original()
