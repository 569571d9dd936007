"""Several processes that train together, by `torch.distributed`: how one joins, and what they exchange."""

import atexit
import contextlib
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor, distributed

from gan_core.contract.launched import Launched
from gan_core.errors import BackendError, one_line

_PATIENCE = timedelta(hours=2)  # for a worker that draws sheets and evaluates while the others wait


def join(launched: Launched, device: torch.device) -> None:
    """Meet the other processes that the launcher started. Raises `BackendError` where they cannot be reached."""
    if distributed.is_initialized():
        return
    try:
        if device.type == "cuda":
            torch.cuda.set_device(device)
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=_PATIENCE)
        atexit.register(_leave)
    except (RuntimeError, ValueError) as error:
        raise BackendError(
            f"worker {launched.rank} of {launched.count} cannot join the others ({one_line(error)}); start it by "
            "torchrun, or with workers=N"
        ) from None


def _leave() -> None:
    """Take leave of the others before the interpreter ends, which gloo's threads would else abort."""
    with contextlib.suppress(Exception):
        distributed.destroy_process_group()


def engine(device: torch.device) -> str:
    """What carries the exchanges, for descriptions."""
    return f"torch.distributed, {'nccl' if device.type == 'cuda' else 'gloo'}"


class _Sum(torch.autograd.Function):
    """The sum over the workers. Its adjoint is itself, so that it can be differentiated as often as asked."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        total = x.detach().clone(memory_format=torch.contiguous_format)
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Tensor:
        return _Sum.apply(slope)


def summed(x: Tensor) -> Tensor:
    """The sum over the workers, differentiable where x is."""
    return _Sum.apply(x)
