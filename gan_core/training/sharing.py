"""What several workers that train one experiment together need beside their exchanges: checks, agreements, words."""

import contextlib
import zlib
from collections.abc import Callable, Mapping, Sequence
from math import lcm

import numpy as np

from gan_core.contract.backend import Backend
from gan_core.contract.launched import Launched
from gan_core.errors import FollowedError, GanError, TrainingError, UsageError
from gan_core.experiments.experiment import Experiment
from gan_core.objectives.base import Objective
from gan_core.operations.ops import Array, Ops
from gan_core.operations.workers import Workers
from gan_core.plans.plans import refuse_single_values
from gan_core.training.state import State

HALF = 1 << 16  # a checksum travels in two halves, which float32 holds exactly
LONGEST_WORDS = 1 << 20  # bytes
FAILED = "\0"  # begins the words of a first worker that failed; what follows is its exit status


def join(backend: Backend, launched: Launched, *, synchronised_batch_norm: bool) -> None:
    """Have a backend meet the other workers, and its operations know which one this is. Raises `BackendError`."""
    backend.join(launched)
    backend.ops.workers = Workers(
        rank=launched.rank, count=launched.count, synchronised_batch_norm=synchronised_batch_norm
    )


def check_shareable(experiment: Experiment, workers: Workers, samples: int) -> None:
    """Raise `UsageError` where a batch cannot be cut into equal shares, one a worker.

    samples: how many the data set holds, for a last batch that is kept.
    """
    if not workers.several:
        return
    size, count = experiment.training.batch_size, workers.count
    if size < count:
        raise UsageError(f"workers={count}: a batch of {size} has no row for each; lower workers or raise batch_size")
    units = lcm(*(_together(phase.objective) for phase in experiment.phases))
    if size % (count * units):
        what = f" of {units} samples that go together" if units > 1 else ""
        nearest = count * units * max(1, round(size / (count * units)))
        raise UsageError(
            f"workers={count}: a batch of {size} cannot be cut into {count} equal shares{what}; "
            f"choose batch_size={nearest}, or another number of workers"
        )
    rest = samples % size
    if experiment.training.last_batch == "keep" and rest % (count * units):
        raise UsageError(
            f"workers={count}: the last batch of an epoch has {rest} samples, which {count} workers cannot share "
            "equally; set training.last_batch=drop, or choose another batch_size"
        )
    if size == count and not experiment.training.synchronised_batch_norm:
        refuse_single_values(experiment.plans, f"workers={count} share a batch of {size}; raise batch_size")


def _together(objective: Objective) -> int:
    """How many neighbours of a batch an objective takes as one: a pack, or a sample of each generator."""
    pack = getattr(objective, "pack", 1)
    generators = getattr(objective, "generators", ())
    return int(pack) * max(1, len(generators))


class Agreement:
    """Words and decisions of several workers, exchanged by the backend's own operations. With one worker all is local.

    Every worker calls the same methods in the same order.
    """

    def __init__(self, backend: Backend) -> None:
        self.backend, self.ops = backend, backend.ops

    @property
    def workers(self) -> Workers:
        """Which worker this is."""
        return self.ops.workers

    def any(self, flag: bool) -> bool:
        """Return whether any worker says yes."""
        if not self.workers.several:
            return flag
        return bool(self._gathered(np.array([float(flag)])).any())

    def first_does(self, work: Callable[[], str]) -> str:
        """Have the first worker alone do something, and return on each what it came to, in words.

        Where it raises a `GanError`, the others raise `FollowedError`, with its exit status.
        """
        if not self.workers.several:
            return work()
        if self.workers.rank == 0:
            try:
                words = work()
            except GanError as error:
                self.words_of_first(f"{FAILED}{error.exit_status}")
                raise
            return self.words_of_first(words)
        if (words := self.words_of_first("")).startswith(FAILED):
            followed = FollowedError("worker 0 could not begin")
            followed.exit_status = int(words.removeprefix(FAILED))
            raise followed
        return words

    def words_of_first(self, words: str) -> str:
        """Return what the first worker says; what the others say is not read."""
        if not self.workers.several:
            return words
        content = np.frombuffer(words.encode()[:LONGEST_WORDS], np.uint8).astype(float)
        (length,) = self._gathered(np.array([float(len(content))]))[0].astype(int)
        row = np.zeros(max(1, length))
        if self.workers.rank == 0:
            row[:length] = content
        return bytes(self._gathered(row)[0][:length].astype(np.uint8)).decode()

    def check_alike(self, state: State) -> None:
        """Raise `TrainingError` where a worker's weights or state are no longer those of the first."""
        if not self.workers.several:
            return
        total = checksum(state)
        seen = self._gathered(np.array([float(total % HALF), float(total // HALF)]))
        odd = [rank for rank in range(len(seen)) if (seen[rank] != seen[0]).any()]
        if odd:
            error = TrainingError(
                f"step {state.step}: worker {odd[0]} no longer holds the numbers of worker 0 (checksums differ); the "
                "run was stopped and what it wrote is kept; look at that worker's machine, and go on from the last "
                "checkpoint"
            )
            error.agreed = True
            raise error

    def floats(self, arrays: Sequence[Array]) -> Sequence[float]:
        """Return scalars as numbers, read at once, each its mean over the workers: a NaN of one is one of all."""
        means = self.ops.detached(lambda: self.ops.averaged(arrays)) if self.workers.several else arrays
        return self.backend.to_floats(means)

    def wait_for_all(self) -> None:
        """Return when every worker has come here, or one is gone: what ends first would have its launcher end all."""
        with contextlib.suppress(Exception):
            self.any(False)

    def _gathered(self, row: np.ndarray) -> np.ndarray:
        """The rows of all workers, [workers, n]."""
        return np.array(self.backend.to_numpy(self.ops.gathered(self.ops.constant(row[None]))))


def averaged_table(ops: Ops, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Return arrays by name, each with its mean over the workers."""
    return dict(zip(arrays, ops.detached(lambda: ops.averaged(list(arrays.values()))), strict=True))


def checksum(state: State) -> int:
    """Return a checksum of all numbers of a state, by name: 32 bits."""
    total = zlib.crc32(str(state.step).encode())
    tables: list[Mapping[str, Mapping[str, np.ndarray]]] = [state.networks, state.optimizers, {"": state.variables}]
    for table in tables:
        for owner, arrays in sorted(table.items()):
            for name, array in sorted(arrays.items()):
                total = zlib.crc32(f"{owner}/{name}".encode(), total)
                total = zlib.crc32(np.ascontiguousarray(array).tobytes(), total)
    return total
