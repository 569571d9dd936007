"""What is installed, what conflicts, and what to do about it, without importing a framework."""

import os
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from typing import Literal

from packaging.requirements import Requirement

from gan_core.contract.loading import installed_backends
from gan_core.data.places import search_places


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the doctor's report.

    found: what was found, as a version. advice: what to do, or "" where nothing need be done.
    """

    topic: str
    state: Literal["ok", "note", "problem"]
    found: str
    advice: str = ""


def examine() -> list[Finding]:
    """Return a finding on Python, NumPy, each backend, each conflict, and the data."""
    findings = [_python(), Finding(topic="numpy", state="ok", found=_version("numpy") or "missing")]
    for name in sorted(installed_backends()):
        findings.append(_backend(name))
    if not installed_backends():
        findings.append(
            Finding(topic="backends", state="problem", found="none registered", advice="reinstall gan-core")
        )
    findings += _conflicts()
    findings.append(_data())
    return findings


def available() -> dict[str, bool]:
    """Return backend → whether its framework is installed."""
    return {
        name: all(_version(requirement.name) for requirement in _requirements(name))
        for name in sorted(installed_backends())
    }


def _python() -> Finding:
    fact = f"{platform.python_version()} on {platform.machine()}, {os.cpu_count()} cores"
    return Finding(topic="python", state="ok", found=fact)


def _backend(name: str) -> Finding:
    topic, install = f"backend {name}", f"pip install 'gan-core[{name}]'"
    requirements = _requirements(name)
    missing = [requirement.name for requirement in requirements if not _version(requirement.name)]
    if missing:
        return Finding(topic=topic, state="note", found=f"not installed ({', '.join(missing)})", advice=install)
    shown = ", ".join(f"{requirement.name} {_version(requirement.name)}" for requirement in requirements)
    unmet = [
        str(requirement)
        for requirement in requirements
        if not requirement.specifier.contains(_version(requirement.name) or "0", prereleases=True)
    ]
    if unmet:
        return Finding(topic=topic, state="problem", found=shown, advice=f"needs {', '.join(unmet)}: {install}")
    return Finding(topic=topic, state="ok", found=shown or "of another distribution")


def _requirements(extra: str) -> list[Requirement]:
    """Return the packages that an extra of gan-core, called as a backend, asks for."""
    return [
        requirement
        for requirement in map(Requirement, requires("gan-core") or [])
        if requirement.marker and requirement.marker.evaluate({"extra": extra}) and requirement.name != "gan-core"
    ]


def _conflicts() -> list[Finding]:
    findings = []
    if _version("paddle") and not _version("paddlepaddle"):
        findings.append(
            Finding(
                topic="paddle",
                state="problem",
                found="the package 'paddle' is another project",
                advice="pip uninstall paddle && pip install paddlepaddle",
            )
        )
    engine = os.environ.get("KERAS_BACKEND")
    if engine and engine != "tensorflow":
        findings.append(
            Finding(
                topic="KERAS_BACKEND",
                state="problem",
                found=engine,
                advice="unset KERAS_BACKEND: the keras backend uses TensorFlow",
            )
        )
    if find_spec("paddle") and find_spec("tensorflow"):
        findings.append(
            Finding(
                topic="paddle and tensorflow",
                state="note",
                found="both installed",
                advice="fine in separate processes, as `gan` runs them; in one process import paddle first",
            )
        )
    return findings


def _data() -> Finding:
    named = os.environ.get("GAN_DATA_DIR")
    if named and not os.path.isdir(named):
        advice = "make that folder, or name another one in GAN_DATA_DIR"
        return Finding(topic="data", state="note", found=f"GAN_DATA_DIR is {named}, and no such folder", advice=advice)
    places = search_places(None)
    folders = ", ".join(str(place) for place in places if place.is_dir()) or "no folder yet"
    return Finding(topic="data", state="ok", found=folders)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
