"""How several processes are started: each with TF_CONFIG, by which TensorFlow's collectives know one another.

Nothing here imports TensorFlow. Run as a program it is the launcher: COUNT, then what Python is to run.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

_PATIENCE = 30  # seconds that a worker has to end once it is asked to


def launched() -> tuple[int, int, int] | None:
    """Rank, count and local rank of this process, or None where TF_CONFIG names no cluster."""
    config = json.loads(os.environ.get("TF_CONFIG") or "{}")
    workers = config.get("cluster", {}).get("worker", [])
    if not workers:
        return None
    rank = int(config["task"]["index"])
    here = workers[rank].rpartition(":")[0]
    return rank, len(workers), [place.rpartition(":")[0] for place in workers[:rank]].count(here)


def launcher(python: str, count: int, logs: Path) -> list[str]:
    """The command that starts `count` processes on this machine, each listening at a free port."""
    return [python, str(Path(__file__).resolve()), str(count)]


def _free_ports(count: int) -> list[int]:
    """Ports that nothing listens at now; held together, so that no two are the same."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _run(count: int, command: list[str]) -> int:
    """Start the processes and wait; when one fails the others are asked to end, and killed if they do not."""
    cluster = {"worker": [f"127.0.0.1:{port}" for port in _free_ports(count)]}
    workers = []
    for index in range(count):
        config = json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}})
        environment = os.environ | {"TF_CONFIG": config}
        workers.append(subprocess.Popen([sys.executable, *command], env=environment))  # noqa: S603  (our own)

    def forward(number: int, frame: object) -> None:
        for worker in workers:
            with contextlib.suppress(ProcessLookupError):
                worker.send_signal(signal.SIGTERM)

    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), forward)
    failed = 0
    while not failed and any(worker.poll() is None for worker in workers):
        time.sleep(0.1)
        failed = next((worker.returncode for worker in workers if worker.poll()), 0)
    forward(signal.SIGTERM, None)
    ends = time.monotonic() + (_PATIENCE if failed else 0)
    for worker in workers:
        try:
            worker.wait(max(0.1, ends - time.monotonic()))
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()
    failed = failed or next((worker.returncode for worker in workers if worker.returncode), 0)
    return failed if failed >= 0 else 128 - failed


if __name__ == "__main__":
    sys.exit(_run(int(sys.argv[1]), sys.argv[2:]))
