"""A mixed table that needs no file: scikit-learn's tumours of the breast, two of the numbers as grades."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
from typing_extensions import override

from gan_core.data.columns import Column
from gan_core.data.mixed_tables import TableData, Words

GRADES: Mapping[str, tuple[str, ...]] = {
    "concave points": ("1 none", "2 few", "3 some", "4 many"),
    "fractal dimension": ("1 low", "2 middle", "3 high"),
}
LEFT_OUT = ("perimeter", "compactness")  # which follow from others nearly
CANCER_COLUMNS = (
    Column(
        name="radius",
        weights=(0.159534, 0.601071, 0.0225184, 0.101092, 0.109827),
        means=(18.153, 12.5371, 15.0671, 13.0427, 18.4364),
        deviations=(4.13169, 1.93806, 3.27156, 2.40799, 1.94642),
        decimals=3,
    ),
    Column(
        name="texture",
        weights=(0.388355, 0.408983, 0.143219, 0.0164461, 0.0429938),
        means=(21.4867, 16.951, 19.4112, 26.4489, 17.2665),
        deviations=(3.96342, 2.87761, 3.55809, 7.72312, 3.1983),
        decimals=2,
    ),
    Column(
        name="area",
        weights=(0.322881, 0.666392, 0.00531291),
        means=(997.098, 483.41, 1867.38),
        deviations=(323.236, 141.351, 736.782),
        decimals=1,
    ),
    Column(
        name="smoothness",
        weights=(0.390313, 0.416825, 0.19286),
        means=(0.104204, 0.0864993, 0.100338),
        deviations=(0.0131232, 0.00903399, 0.0080134),
        decimals=5,
    ),
    Column(
        name="concavity",
        weights=(0.115994, 0.474114, 0.323834, 0.086056),
        means=(0.223682, 0.0316423, 0.130278, 0.0873717),
        deviations=(0.0934447, 0.0212219, 0.0528901, 0.0378782),
        decimals=7,
    ),
    Column(name="concave points", categories=("1 none", "2 few", "3 some", "4 many")),
    Column(
        name="symmetry",
        weights=(0.169645, 0.617497, 0.00767861, 0.205177),
        means=(0.204109, 0.171223, 0.181968, 0.192126),
        deviations=(0.0366586, 0.0200395, 0.026401, 0.0206486),
        decimals=4,
    ),
    Column(name="fractal dimension", categories=("1 low", "2 middle", "3 high")),
    Column(name="diagnosis", categories=("benign", "malignant")),
)


class CancerTable(TableData, frozen=True, kw_only=True):
    """scikit-learn's 569 tumours of the breast (Street et al. 1993), a mixed table inside the package: no file.

    Six numbers of a tumour, whether it is malignant, and two further numbers as grades: `concave points` by the
    quartiles of all tumours, `fractal dimension` by thirds. The columns' modes are those of the rows to train on.
    """

    columns: Annotated[tuple[Column, ...], msgspec.Meta(min_length=1)] = CANCER_COLUMNS
    target: str = "diagnosis"

    @override
    def words(self, data_dir: Path | None) -> tuple[str, Words]:
        return "cancer table", cancer_words()


def cancer_words() -> dict[str, list[str]]:
    """Return the table by column, as text."""
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    found: dict[str, list[str]] = {}
    for name, values in zip(bunch.feature_names[:10], bunch.data.T, strict=False):
        short = str(name).removeprefix("mean ")
        if short in GRADES:
            grades = GRADES[short]
            ends = np.quantile(values, np.arange(1, len(grades)) / len(grades))
            found[short] = [grades[place] for place in np.searchsorted(ends, values, side="right")]
        elif short not in LEFT_OUT:
            found[short] = [repr(float(value)) for value in values]
    found["diagnosis"] = [str(bunch.target_names[target]) for target in bunch.target]
    return found
