"""Which backend the parity tests ask, and where the real data are.

One framework per process: `pytest tests --ignore=tests/parity` needs none, `pytest tests/parity --backend NAME` one.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gan_core.contract.backend import Backend
from gan_core.contract.loading import load_backend
from gan_core.errors import BackendError

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--backend", default=None, help="backend of the parity tests (default: GAN_BACKEND, else torch)")


@pytest.fixture(scope="session")
def backend64(request: pytest.FixtureRequest) -> Backend:
    """The backend in float64, in which parity is judged."""
    return opened(request.config, "float64")


@pytest.fixture(scope="session")
def backend32(request: pytest.FixtureRequest) -> Backend:
    """The same backend in float32."""
    return opened(request.config, "float32")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder that holds ``mnist/``."""
    if not os.environ.get("GAN_DATA_DIR"):
        pytest.skip("GAN_DATA_DIR is not set: no real data to read")
    return Path(os.environ["GAN_DATA_DIR"])


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, or that of GAN_BROWSER, for the tests of pages."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = os.environ.get("GAN_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is installed, and GAN_BROWSER is not set")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


def opened(config: pytest.Config, dtype: str) -> Backend:
    asked = config.getoption("--backend") or os.environ.get("GAN_BACKEND")
    try:
        return load_backend(asked or "torch", dtype, "cpu")
    except BackendError as error:
        if asked:
            raise
        pytest.skip(f"no backend was asked for, and the default cannot be loaded: {error}")
