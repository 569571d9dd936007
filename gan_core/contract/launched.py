"""What a process is among those that a launcher started together."""

from dataclasses import dataclass

from gan_core.errors import UsageError
from gan_core.operations.workers import Workers


@dataclass(frozen=True, kw_only=True)
class Launched:
    """A process is `rank` of the `count` that a launcher started; on its own machine it is `local_rank`.

    backend: the name of the backend whose launcher it was.
    """

    backend: str
    rank: int
    count: int
    local_rank: int

    def device(self, device: str) -> str:
        """Return this worker's own device: of GPUs the one of its number. Raises `UsageError` for one by number."""
        if device == "gpu" and self.count > 1:
            return f"gpu:{self.local_rank}"
        if device.startswith("gpu:") and self.count > 1:
            raise UsageError(f"device={device}: {self.count} workers each take a GPU of their own; say device=gpu")
        return device


def described(workers: Workers, engine: str) -> dict[str, str]:
    """Return what a description says of several workers: their number and the engine that carries their exchanges."""
    return {"workers": str(workers.count), "engine": engine} if workers.several else {}
