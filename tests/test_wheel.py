"""The wheel holds every package and works without the source tree."""

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = ("gan_core", "backends", "pyproject.toml", "setup.py", "README.md", "LICENSE")
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def pip(*arguments: str | Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *map(str, arguments)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel, built from a copy: setuptools writes beside what it builds."""
    copy, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, copy / name)
    pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", out, copy)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """A fresh folder that the wheel alone was installed into."""
    folder = tmp_path_factory.mktemp("installed")
    pip("install", "--no-deps", "--no-index", "--no-compile", "--target", folder, wheel)
    return folder


def run(installed: Path, *command: str | Path) -> str:
    """Return what a command prints that sees the installed folder before anything else, and no source tree."""
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        capture_output=True, text=True, check=False, cwd=installed, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def packages_in_the_tree() -> set[str]:
    folders = {path.parent for name in ("gan_core", "backends") for path in (ROOT / name).rglob("__init__.py")}
    names = {".".join(folder.relative_to(ROOT).parts) for folder in folders}
    return {f"gan_{name}" if name.partition(".")[0] == "backends" else name for name in names}


def test_the_wheel_holds_the_packages_of_the_tree(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = [Path(name) for name in archive.namelist()]
    modules = [path for path in names if path.suffix == ".py"]

    assert {".".join(path.parent.parts) for path in modules if path.name == "__init__.py"} == packages_in_the_tree()
    assert {path.parts[0] for path in modules} == {"gan_core", "gan_backends"}
    assert len(modules) == sum(len(list((ROOT / name).rglob("*.py"))) for name in ("gan_core", "backends"))
    assert Path("gan_core/py.typed") in names
    data = [path for path in (ROOT / "gan_core").rglob("*.*") if path.suffix not in (".py", ".pyc")]
    assert len(data) > 10
    assert {path.relative_to(ROOT) for path in data} <= {*names}


def test_the_command_runs_from_the_wheel(installed):
    assert VERSION in run(installed, "-m", "gan_core", "--version")
    assert "mnist-mlp" in run(installed, installed / "bin" / "gan", "list")


def test_what_runs_is_the_wheel_and_not_the_tree(installed):
    code = (
        "import gan_core; from importlib.util import find_spec as f; "
        "print(gan_core.__file__, *(f(f'gan_backends.{name}').origin for name in ('torch', 'paddle', 'keras')))"
    )
    places = run(installed, "-c", code).split()

    assert len(places) == 4
    assert [place for place in places if not Path(place).is_relative_to(installed)] == []
