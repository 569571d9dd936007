"""What parity tests share within one process: the backend's name, and the runs that are trained once."""

import os
from pathlib import Path

import pytest

from gan_core.cli.doctor import available
from small_runs import SmallRuns


@pytest.fixture(scope="session")
def name(request: pytest.FixtureRequest) -> str:
    """The backend's name, without loading it."""
    return request.config.getoption("--backend") or os.environ.get("GAN_BACKEND") or "torch"


@pytest.fixture
def once(name: str) -> None:
    """Of a test that asks nothing of a framework: run it on one, that which starts soonest."""
    if name != next(backend for backend in ("torch", "paddle", "keras") if available().get(backend)):
        pytest.skip("the same on every framework")


@pytest.fixture(scope="session")
def small_runs(tmp_path_factory: pytest.TempPathFactory, backend32, name: str) -> SmallRuns:
    """The runs of `small_runs`, trained once in this process."""
    return SmallRuns(tmp_path_factory.mktemp("small-runs"), name)


@pytest.fixture(scope="session")
def whole(small_runs: SmallRuns) -> Path:
    """A run that nobody disturbed. To read; a test that changes it copies it first."""
    return small_runs.whole()
