"""Cells on this machine: threads that each start a process and wait for it."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

from typing_extensions import override

from gan_core.cells.children import Children

P = ParamSpec("P")
T = TypeVar("T")
Heard = Callable[[str, str], object]
"""What is told the name of a cell and a line that its process printed."""


def nobody(name: str, line: str) -> None:
    """Hear nothing."""


class LocalPool(ThreadPoolExecutor):
    """An executor whose calls may start processes, which end with it. heard: is told what they print, in any thread."""

    def __init__(self, jobs: int, heard: Heard = nobody) -> None:
        super().__init__(jobs, thread_name_prefix="cell")
        self.children = Children()
        self.heard = heard

    @override
    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        return super().submit(self._call, fn, *args, **kwargs)

    def _call(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        token = HERE.set(self)
        try:
            return fn(*args, **kwargs)
        finally:
            HERE.reset(token)

    def stop(self) -> None:
        """Cancel the calls that wait, and end the processes of those that run."""
        self.shutdown(wait=False, cancel_futures=True)
        self.children.stop()


HERE: ContextVar[LocalPool | None] = ContextVar("HERE", default=None)
"""The pool whose thread this is."""
