"""What workers exchange, on the one sum over them that each framework brings: the half that all backends share."""

from abc import abstractmethod
from collections.abc import Sequence
from itertools import accumulate, pairwise
from math import prod
from typing import Any

from gan_core.operations import tables
from gan_core.operations.workers import ONE_WORKER, Workers


class Exchanges:
    """Base of a backend's operations, of which it uses `reshape`, `concat` and `constant`.

    workers: this process and those that it trains with; by itself until it has joined others.
    """

    workers: Workers = ONE_WORKER

    @abstractmethod
    def summed(self, x: Any) -> Any:
        """Return the sum of an array over the workers; its adjoint is itself."""

    def averaged(self, arrays: Sequence[Any]) -> list[Any]:
        """See `gan_core.operations.ops.Ops.averaged`: all arrays travel as one."""
        if not self.workers.several or not arrays:
            return list(arrays)
        ops: Any = self
        shapes = [tuple(array.shape) for array in arrays]
        whole = self.summed(ops.concat([ops.reshape(array, (-1,)) for array in arrays], 0)) / self.workers.count
        ends = pairwise(accumulate((prod(shape) for shape in shapes), initial=0))
        return [ops.reshape(whole[start:end], shape) for shape, (start, end) in zip(shapes, ends, strict=True)]

    def gathered(self, x: Any) -> Any:
        """See `gan_core.operations.ops.Ops.gathered`: each worker's rows between zeros, added."""
        if not self.workers.several:
            return x
        ops: Any = self
        zeros = ops.constant(tables.zeros(tuple(x.shape)))
        before, after = self.workers.rank, self.workers.count - 1 - self.workers.rank
        return self.summed(ops.concat([*[zeros] * before, x, *[zeros] * after], 0))
