"""Several processes that train together, by `paddle.distributed`: how one joins, and what they exchange."""

import os
import socket
from typing import Any

import paddle
from paddle import Tensor, distributed
from paddle.autograd import PyLayer
from paddle.base import core

from gan_core.contract.launched import Launched
from gan_core.errors import BackendError, one_line


def join(launched: Launched, device: core.Place) -> None:
    """Meet the other processes that the launcher started. Raises `BackendError` where they cannot be reached."""
    if distributed.is_initialized():
        return
    if launched.rank == 0 and (place := os.environ.get("PADDLE_MASTER")):
        _check_free(place, launched)
    if device.is_cpu_place():  # else a build for the processor alone finds no engine, and dies
        os.environ["PADDLE_DISTRI_BACKEND"] = "gloo"
    try:
        distributed.init_parallel_env()
    except (RuntimeError, ValueError, KeyError, OSError) as error:
        raise BackendError(
            f"worker {launched.rank} of {launched.count} cannot join the others ({one_line(error)}); start it by "
            "paddle.distributed.launch, or with workers=N"
        ) from None


def _check_free(place: str, launched: Launched) -> None:
    """Raise `BackendError` where the port that the first worker is to serve is taken: Paddle would abort."""
    number = place.rpartition(":")[2]
    try:
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(("", int(number)))
    except (OSError, ValueError) as error:
        raise BackendError(
            f"worker {launched.rank} of {launched.count} cannot join the others: port {number} ({error}); give the "
            "launcher another one"
        ) from None


def engine(device: core.Place) -> str:
    """What carries the exchanges, for descriptions."""
    return f"paddle.distributed, {'gloo' if device.is_cpu_place() else 'nccl'}"


class _Sum(PyLayer):
    """The sum over the workers. Its adjoint is itself, so that it can be differentiated as often as asked."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        total = x.detach().clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Tensor:
        return _Sum.apply(slope)


def summed(x: Tensor) -> Tensor:
    """The sum over the workers, differentiable where x is."""
    if x.stop_gradient or not paddle.is_grad_enabled():
        return _Sum.forward(None, x)
    return _Sum.apply(x)
