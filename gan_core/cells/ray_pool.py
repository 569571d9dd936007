"""Cells as tasks of a Ray cluster: resources for each, retries, and machines that need not share a disk."""

import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, ParamSpec, TypeVar

from typing_extensions import override

from gan_core.cells.children import PATIENCE
from gan_core.cells.local_pool import LocalPool
from gan_core.errors import GanError, UsageError, one_line
from gan_core.printing import nothing_said_below_python

P = ParamSpec("P")
T = TypeVar("T")
RETRIES = 2  # of a cell whose machine was lost; one that fails by itself is not run again
ANSWERS_WITHIN = 5.0  # seconds


class RayPool(ThreadPoolExecutor):
    """An executor whose calls are Ray tasks: a thread sends each, and waits for what it returns.

    jobs: how many are sent at once; None for as many as the cluster has room for. address: of a cluster; None starts
    one on this machine, or takes what the variable RAY_ADDRESS names. cpus, gpus: what a task takes, fractions allowed.
    What is called, its arguments and its answer must be picklable. A Ray that runs in this process already is used as
    it is, and left running. Raises `UsageError` where Ray is not installed, nobody answers at the address, or no
    machine of the cluster has what a task takes.
    """

    def __init__(self, *, jobs: int | None, address: str | None, cpus: float, gpus: float) -> None:
        self._ray = installed_ray()
        self._own = not self._ray.is_initialized()
        if self._own:
            _join(self._ray, address_of(address), jobs, cpus)
        try:
            room = _room(self._ray, cpus, gpus)
        except BaseException:
            self._leave()
            raise
        super().__init__(jobs or room, thread_name_prefix="ray cell")
        self._task = self._ray.remote(num_cpus=cpus, num_gpus=gpus, max_retries=RETRIES)(call_on_node)
        self._lock = threading.Lock()
        self._sent: list[Any] = []
        self._stopped = False

    @override
    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        return super().submit(self._answer, fn, *args, **kwargs)

    def _answer(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        with self._lock:
            if self._stopped:
                raise GanError("the study was stopped")
            task = self._task.remote(fn, args, kwargs)
            self._sent.append(task)
        try:
            answer: T = self._ray.get(task)
            return answer
        finally:
            with self._lock:
                self._sent.remove(task)

    def stop(self) -> None:
        """Cancel the calls that wait, and those that run, which may end their step first."""
        self.shutdown_threads()
        with self._lock:
            self._stopped = True
            sent = list(self._sent)
        for task in sent:
            self._ray.cancel(task, force=False)
        late = self._ray.wait(sent, num_returns=len(sent), timeout=PATIENCE)[1] if sent else []
        for task in late:
            self._ray.cancel(task, force=True)

    def shutdown_threads(self) -> None:
        """Cancel the calls that wait; none is taken any more."""
        super().shutdown(wait=False, cancel_futures=True)

    @override
    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        super().shutdown(wait=wait, cancel_futures=cancel_futures)
        self._leave()

    def _leave(self) -> None:
        if self._own:
            self._own = False
            self._ray.shutdown()


def call_on_node(run: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
    """Call a function on the machine that Ray chose; where the task is cancelled, its processes end.

    The call runs in another thread, so that this one hears of the cancelling while that waits for a process.
    """
    pool = LocalPool(1)
    try:
        future = pool.submit(run, *args, **kwargs)
        while not wait([future], timeout=0.2).done:
            pass
        return future.result()
    except BaseException:
        pool.stop()
        raise
    finally:
        pool.shutdown()


def installed_ray() -> Any:
    """Return the module. Raises `UsageError` with the command that installs it."""
    try:
        import ray
    except ImportError:
        raise UsageError("engine=ray needs ray, which is not installed: run  pip install 'gan-core[ray]'") from None
    return ray


def _join(ray: Any, address: str, jobs: int | None, cpus: float) -> None:
    """Join a cluster, or start one on this machine, with room for the jobs that were asked for."""
    options: dict[str, Any] = {"address": address, "log_to_driver": False, "logging_level": "error"}
    if address == "local":
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # a study of this machine is nobody else's business
        asked = int(-(-(jobs or 0) * cpus // 1))
        options |= {"include_dashboard": False, "num_cpus": max(os.cpu_count() or 1, asked)}
    try:
        with nothing_said_below_python():  # Ray tells there of each second in which it has no answer
            ray.init(**options)
    except Exception as error:  # noqa: BLE001  (Ray raises what it likes: ConnectionError, RuntimeError, TimeoutError)
        reason = one_line(error, 300)
        if address == "local":
            raise UsageError(f"a Ray could not be started here: {reason}") from None
        raise UsageError(
            f"address={address}: no Ray that can be joined ({reason}); one that asks for a token needs "
            f"RAY_AUTH_MODE=token here too, and its version is to be ours, {ray.__version__}"
        ) from None


def address_of(address: str | None) -> str:
    """Return the address of the cluster that is meant: the one named, else RAY_ADDRESS's, else one of this machine."""
    return address or os.environ.get("RAY_ADDRESS") or "local"


def check_answers(address: str) -> None:
    """Raise `UsageError` where an address is none, or nobody answers there, for which Ray itself waits long."""
    place = address.removeprefix("ray://")
    host, colon, port = place.rpartition(":")
    if not colon:
        if address not in ("local", "auto"):
            raise UsageError(f"address={address}: expected HOST:PORT of a Ray cluster, as 10.0.0.1:6379, or auto")
        return
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=ANSWERS_WITHIN):
            pass
    except (OSError, ValueError, OverflowError) as error:
        raise UsageError(
            f"address={address}: nobody answers there ({one_line(error)}); expected HOST:PORT of a Ray cluster, as "
            "its head prints it when it starts"
        ) from None


def _room(ray: Any, cpus: float, gpus: float) -> int:
    """Return how many tasks the cluster has room for at once. Raises `UsageError` where no machine has room for one."""
    machines = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    rooms = [min(_times(one, "CPU", cpus), _times(one, "GPU", gpus)) for one in machines]
    if not sum(rooms):
        most = {kind: max((one.get(kind, 0) for one in machines), default=0) for kind in ("CPU", "GPU")}
        raise UsageError(
            f"cpus={cpus:g}, gpus={gpus:g}: no machine of the cluster has that; the most that one has are "
            f"{most['CPU']:g} CPUs and {most['GPU']:g} GPUs"
        )
    return sum(rooms)


def _times(machine: dict[str, float], kind: str, share: float) -> int:
    return int(machine.get(kind, 0) / share + 1e-9) if share else 10**6
