"""Data of your own, on any framework: `python examples/bring_your_own_data.py keras 5000`.

A data set is a spec with a `load`; here a spiral of points. Images would be uint8 [count, C, H, W]. For arrays in files
no code is needed:  gan train mixture-8 --backend torch --set 'data={type="arrays", path="mine.npy"}'
"""

import sys
from pathlib import Path

import msgspec
import numpy as np
from typing_extensions import override

import gan_core
from gan_core.data.dataset import Dataset
from gan_core.data.spec import Data
from gan_core.specs.spec import PositiveInt, Variant


class Spiral(Variant, Data, frozen=True, kw_only=True):
    """Points [2] on a spiral that ends at radius .9; experiment files know it as ``spiral``."""

    points: PositiveInt = 10_000

    @override
    def load(self, data_dir: Path | None) -> Dataset:
        turn = np.sqrt(np.linspace(0.05, 1, self.points))
        points = 0.9 * turn[:, None] * np.stack([np.cos(9 * turn), np.sin(9 * turn)], axis=1)
        return Dataset(name="spiral", samples=points, kind="points")


if __name__ == "__main__":
    backend, steps = sys.argv[1:] or ("torch", "5000")
    experiment = msgspec.structs.replace(gan_core.preset("mixture-8"), name="spiral", data=Spiral())
    run = gan_core.train(experiment, backend, steps=int(steps))
    print(run.path, run.metrics()[-1])
