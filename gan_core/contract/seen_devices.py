"""What a backend sees of the machine, asked in a process of its own.

That is ``python -m gan_core.contract.seen_devices REQUEST``. A backend is asked by opening it on each device in
turn, as a training would open it: what is seen can be used.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gan_core.child_processes import answer_request, ended_child, error_of
from gan_core.contract.loading import load_backend
from gan_core.errors import BackendError

MODULE = "gan_core.contract.seen_devices"
ANSWER = "devices.json"
SECONDS = 120.0  # a framework's first import on a cold disk takes most of a minute
MOST_GPUS = 64
# what a description says beside the versions of its framework
NOT_VERSIONS = ("backend", "device", "dtype", "threads", "float32", "products", "switches", "deterministic")
CARD = ("gpu", "compute_capability", "cuda", "cudnn")
ROUNDING_SINCE = 8.0  # the compute capability from which cards have TF32 and bfloat16


@dataclass(frozen=True, kw_only=True)
class SeenDevices:
    """What a backend says of itself on the CPU and on each GPU (`Backend.describe`).

    refused: why there is no GPU after these, in a line; "" where that is only that there are no more.
    """

    cpu: Mapping[str, str]
    gpus: tuple[Mapping[str, str], ...]
    refused: str

    def sentence(self) -> str:
        """Return it in a line: versions, threads, arithmetic, and each GPU with its name and libraries."""
        cpu = self.cpu
        versions = [f"{name} {value}" for name, value in cpu.items() if name not in (*NOT_VERSIONS, *CARD)]
        here = f"cpu ({cpu.get('threads', '?')} threads), float32 {cpu.get('float32', 'unknown')}"
        return "; ".join([", ".join(versions), here, *(map(_card, self.gpus) if self.gpus else ["no GPU"])])


def _card(described: Mapping[str, str]) -> str:
    """A GPU in words, as "gpu:0 NVIDIA H100, CUDA 12.6, cuDNN 9.5.1, tf32 and bf16"."""
    words = [f"{described['device']} {described.get('gpu', '')}".strip()]
    words += [f"{word} {described[key]}" for key, word in (("cuda", "CUDA"), ("cudnn", "cuDNN")) if key in described]
    if "compute_capability" in described:
        able = float(described["compute_capability"]) >= ROUNDING_SINCE
        words.append("tf32 and bf16" if able else "neither tf32 nor bf16")
    return ", ".join(words)


def seen_devices(backend: str) -> SeenDevices:
    """Return what a backend sees. Raises `GanError` where it cannot be opened or gives no answer."""
    with ended_child(MODULE, _nothing, {"backend": backend}, backend=backend, limit=SECONDS) as ended:
        if ended.status != 0:
            raise error_of(backend, ended.status, ended.complaint)
        plain = json.loads((ended.folder / ANSWER).read_text(encoding="utf-8"))
    return SeenDevices(cpu=plain["cpu"], gpus=tuple(plain["gpus"]), refused=plain["refused"])


def opened_on_each(backend: str) -> SeenDevices:
    """Open a backend on the CPU and on each of its GPUs, in this process. Raises `BackendError` for the CPU."""
    cpu, gpus, refused = load_backend(backend).describe(), list[Mapping[str, str]](), ""
    for number in range(MOST_GPUS):
        try:
            gpus.append(load_backend(backend, device=f"gpu:{number}").describe())
        except BackendError as error:
            refused = "" if gpus and "it sees" in str(error) else str(error)
            break
    return SeenDevices(cpu=cpu, gpus=tuple(gpus), refused=refused)


def _nothing(folder: Path) -> None:
    """No experiment's file is needed."""


def _main(request: Mapping[str, Any]) -> None:
    seen = opened_on_each(request["backend"])
    plain = {"cpu": dict(seen.cpu), "gpus": [dict(gpu) for gpu in seen.gpus], "refused": seen.refused}
    (Path(request["experiment"]).parent / ANSWER).write_text(json.dumps(plain), encoding="utf-8")


if __name__ == "__main__":
    answer_request(MODULE, _main, "gan doctor")
