"""PaddlePaddle: `create` is the entry point. What its engine reads once, at import, is set here."""

import contextlib
import ctypes
import io
import os
import sys
import warnings
from pathlib import Path

from gan_core.contract.loading import require_framework
from gan_core.errors import BackendError

MODULES = ("paddle",)  # a program that imports one of these is this framework's; read as text, unimported
DISTRIBUTIONS = {"paddlepaddle": ("paddlepaddle-gpu", "paddlepaddle-xpu")}  # that bring it too; read as text
require_framework("paddle", "paddle")
if "tensorflow" in sys.modules and "paddle" not in sys.modules:
    raise BackendError(
        "backend 'paddle' cannot be loaded after tensorflow (the process would die): run it in a fresh process"
    )


def _choose_engine() -> None:
    """Set what the user has not set: all cores (Paddle's own default is one), and MKL's fast kernels on AMD processors.

    The bundled MKL takes anything but Intel for an old machine. 5 names its AVX2 kernels, 7 those of AVX-512
    (measured on one Zen 5 core: float32 matrix products at 41 GFLOP/s without, at 109 and at 205 with them).
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    os.environ.setdefault("OMP_NUM_THREADS", str(cores))
    with contextlib.suppress(OSError):
        processor = Path("/proc/cpuinfo").read_text()
        if "AuthenticAMD" in processor and "avx2" in processor:
            wide = all(f"avx512{part}" in processor for part in ("f", "cd", "bw", "dq", "vl"))
            os.environ.setdefault("MKL_DEBUG_CPU_TYPE", "7" if wide else "5")


def _keep_freed_memory() -> None:
    """Have glibc keep large freed blocks instead of handing them back to the system.

    Every temporary of a step would otherwise be mapped and zeroed anew, which takes up to twenty times as long as
    filling it (an addition of 3 MB: 1.2 ms, kept 0.06 ms).
    """
    mmap_threshold, trim_threshold, limit = -3, -1, 1 << 30
    with contextlib.suppress(OSError, AttributeError, TypeError):  # not glibc
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(mmap_threshold, limit)
        mallopt(trim_threshold, limit)


_choose_engine()
_keep_freed_memory()
# Paddle warns of more than one thread (on data-parallel runs) and of a missing ccache: neither concerns us
with contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from .backend import create

__all__ = ["create"]
