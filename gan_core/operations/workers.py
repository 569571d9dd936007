"""Several processes that train one experiment together: which of them this one is, and which rows are its own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Workers:
    """A process is worker `rank` of `count`. Every batch is cut into `count` equal runs of rows, one a worker.

    synchronised_batch_norm: whether batch norm takes the statistics of the whole batch, or of a worker's own rows.
    """

    rank: int = 0
    count: int = 1
    synchronised_batch_norm: bool = True

    @property
    def several(self) -> bool:
        """Whether there are others."""
        return self.count > 1

    @property
    def share_statistics(self) -> bool:
        """Whether batch norm has statistics to exchange."""
        return self.several and self.synchronised_batch_norm

    def own(self, rows: np.ndarray) -> np.ndarray:
        """Return this worker's rows of an array whose first axis is the whole batch."""
        if not self.several:
            return rows
        size = len(rows) // self.count
        return rows[self.rank * size : (self.rank + 1) * size]

    def own_places(self, size: int) -> slice:
        """Return where this worker's `size` rows stand among those of all workers."""
        return slice(self.rank * size, (self.rank + 1) * size) if self.rank else slice(None, size)

    def of_all(self, size: int) -> int:
        """Return how many rows all workers hold where each holds `size`."""
        return size * self.count if self.several else size

    def offsets(self, size: int, parts: int) -> Sequence[int]:
        """Return by how much the values of each part stand further back in the whole of all workers than in this one's.

        size: the values that this worker holds of each part. parts: how many batches are joined one after the other, as
        real and generated samples. Each is one batch of all workers, in the order of their ranks.
        """
        return [(part * (self.count - 1) + self.rank) * size for part in range(parts)]


ONE_WORKER = Workers()


@contextmanager
def alone(ops: Any) -> Iterator[None]:
    """Have this process be the only worker within the block, for what the others do not do.

    ops: a backend's operations.
    """
    kept, ops.workers = ops.workers, ONE_WORKER
    try:
        yield
    finally:
        ops.workers = kept
