"""Runs of a few steps that tests stop, harm and go on with: what each is, trained once for all tests that read it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import gan_core
from gan_core.training.events import StepEnded

STEPS = 12
CHANGES = [  # of digits-mlp: batch norm and Adam, as narrow as may be
    "training.batch_size=8",
    "logging.every_steps=2",
    "sampling.every_steps=100",
    "checkpoint.every_steps=4",
    "networks.generator.layers.0.units=16",
    "networks.generator.layers.3.units=16",
    "networks.discriminator.layers.1.units=16",
]


class Death(BaseException):
    """What `kill -9` is to a process: nothing is cleaned up that the system would not clean up."""


def dying_after(step: int) -> Callable[[object], None]:
    """Return a callback that ends a training at the end of a step."""

    def die(event: object) -> None:
        if isinstance(event, StepEnded) and event.step == step:
            raise Death

    return die


def train(out: Path, backend: str, *changes: str, **options) -> gan_core.Run:
    options = {"steps": STEPS, "changes": [*CHANGES, *changes], "progress": False} | options
    return gan_core.train("digits-mlp", backend, out=out, **options)


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of all files below a folder, by their paths in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def metrics(run: Path) -> list[dict]:
    """Return the logged lines without their times."""
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows]


def assert_same_run(one: Path, other: Path, steps: int = STEPS) -> None:
    """Fail unless two runs have the same lines and, bit for bit, the same last checkpoint."""
    assert metrics(one) == metrics(other)
    last = Path("checkpoints") / f"step-{steps:07d}"
    for path in (one / last).iterdir():
        assert path.read_bytes() == (other / last / path.name).read_bytes(), path.name


class SmallRuns:
    """A run that nobody disturbed, runs that died, and what became of them: each made when it is first asked for.

    What these methods return is there to be read; a test that changes a run takes a copy.
    """

    def __init__(self, folder: Path, backend: str) -> None:
        self._folder, self._backend = folder, backend

    def whole(self) -> Path:
        """Return a run that nobody disturbed."""
        return self._once("whole", lambda path: train(path, self._backend))

    def died_after(self, step: int) -> Path:
        """Return what a training leaves that died at the end of a step."""

        def make(path: Path) -> None:
            with pytest.raises(Death):
                train(path, self._backend, callbacks=[dying_after(step)])

        return self._once(f"died-after-{step}", make)

    def resumed_after(self, step: int) -> Path:
        """Return a run that died at the end of a step and went on to its last."""

        def make(path: Path) -> None:
            shutil.copytree(self.died_after(step), path)
            gan_core.resume(path, progress=False)

        return self._once(f"resumed-after-{step}", make)

    def _once(self, name: str, make: Callable[[Path], object]) -> Path:
        path = self._folder / name
        if not path.exists():
            make(path)
        return path
