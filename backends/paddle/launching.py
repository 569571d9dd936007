"""How several processes are started: by `paddle.distributed.launch`, whose variables say which each is.

Nothing here imports Paddle.
"""

import os
from pathlib import Path


def launched() -> tuple[int, int, int] | None:
    """Rank, count and local rank of this process, or None where Paddle's launcher did not start it."""
    if "PADDLE_TRAINERS_NUM" not in os.environ or "PADDLE_TRAINER_ID" not in os.environ:
        return None
    rank = int(os.environ["PADDLE_TRAINER_ID"])
    return rank, int(os.environ["PADDLE_TRAINERS_NUM"]), int(os.environ.get("PADDLE_LOCAL_RANK") or rank)


def launcher(python: str, count: int, logs: Path) -> list[str]:
    """The command that starts `count` processes on this machine; what they print goes to files in `logs`."""
    launch = [python, "-m", "paddle.distributed.launch", f"--nproc_per_node={count}", f"--log_dir={logs}"]
    return [*launch, python]  # its "script" is the interpreter itself
