"""How several processes are started: by torchrun, whose variables say which each is. Nothing here imports PyTorch."""

import os
from pathlib import Path


def launched() -> tuple[int, int, int] | None:
    """Rank, count and local rank of this process, or None where torchrun did not start it."""
    if "WORLD_SIZE" not in os.environ or "RANK" not in os.environ:
        return None
    rank = int(os.environ["RANK"])
    return rank, int(os.environ["WORLD_SIZE"]), int(os.environ.get("LOCAL_RANK", rank))


def launcher(python: str, count: int, logs: Path) -> list[str]:
    """The command that starts `count` processes on this machine; it meets on a free port of its own."""
    return [python, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={count}"]
