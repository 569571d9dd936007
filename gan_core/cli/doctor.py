"""What is installed, what conflicts, and what to do about it, without importing a framework."""

import os
import platform
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from typing import Literal

from packaging.requirements import Requirement

from gan_core.child_processes import interpreter_of, interpreter_variable
from gan_core.contract.loading import installed_backends, other_distributions
from gan_core.contract.seen_devices import seen_devices
from gan_core.data.places import search_places
from gan_core.errors import GanError, UsageError


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the doctor's report.

    found: what was found, as a version. advice: what to do, or "" where nothing need be done.
    """

    topic: str
    state: Literal["ok", "note", "problem"]
    found: str
    advice: str = ""


def examine(*, devices: bool = False) -> list[Finding]:
    """Return a finding on Python, NumPy, each backend, each conflict, and the data.

    devices: also what each backend sees, which is asked of it in a process of its own and takes seconds.
    """
    findings = [_python(), Finding(topic="numpy", state="ok", found=_version("numpy") or "missing")]
    for name in sorted(installed_backends()):
        findings.append(_backend(name))
    if not installed_backends():
        findings.append(
            Finding(topic="backends", state="problem", found="none registered", advice="reinstall gan-core")
        )
    findings += _conflicts()
    findings.append(_data())
    return findings + (_devices() if devices else [])


def _devices() -> list[Finding]:
    """A finding for each backend that is installed: its versions, its arithmetic and its GPUs; all asked at once."""
    names = [name for name, there in available().items() if there or os.environ.get(interpreter_variable(name))]
    with ThreadPoolExecutor(max(1, len(names))) as pool:
        return list(pool.map(_devices_of, names))


def _devices_of(name: str) -> Finding:
    topic = f"devices {name}"
    try:
        seen = seen_devices(name)
    except GanError as error:
        return Finding(topic=topic, state="problem", found="it cannot be asked", advice=str(error))
    return Finding(topic=topic, state="ok" if seen.gpus else "note", found=seen.sentence(), advice=seen.refused)


def available() -> dict[str, bool]:
    """Return backend → whether its framework is installed."""
    return {
        name: all(_distribution(name, requirement.name) for requirement in _requirements(name))
        for name in sorted(installed_backends())
    }


def _python() -> Finding:
    fact = f"{platform.python_version()} on {platform.machine()}, {os.cpu_count()} cores"
    return Finding(topic="python", state="ok", found=fact)


def _backend(name: str) -> Finding:
    topic, install = f"backend {name}", f"pip install 'gan-core[{name}]'"
    requirements = {requirement: _distribution(name, requirement.name) for requirement in _requirements(name)}
    variable = interpreter_variable(name)
    if os.environ.get(variable):
        return _of_its_own(topic, name, variable)
    missing = [requirement.name for requirement, found in requirements.items() if not found]
    if missing:
        return Finding(topic=topic, state="note", found=f"not installed ({', '.join(missing)})", advice=install)
    shown = ", ".join(f"{found} {_version(found)}" for found in requirements.values())
    unmet = [
        f"{requirement.name}{requirement.specifier}"
        for requirement, found in requirements.items()
        if not requirement.specifier.contains(_version(found) or "0", prereleases=True)
    ]
    if unmet:
        other = [found for requirement, found in requirements.items() if found != requirement.name]
        how = f"update {' and '.join(other)}" if other else install  # which would put the build for CPUs over it
        return Finding(topic=topic, state="problem", found=shown, advice=f"needs {', '.join(unmet)}: {how}")
    return Finding(topic=topic, state="ok", found=shown or "of another distribution")


def _of_its_own(topic: str, name: str, variable: str) -> Finding:
    """A finding on a backend that has an interpreter of its own."""
    try:
        return Finding(topic=topic, state="ok", found=f"{variable}={interpreter_of(name)}")
    except UsageError as error:
        return Finding(topic=topic, state="problem", found=f"{variable} is no Python", advice=str(error))


def _distribution(name: str, wanted: str) -> str:
    """Return which installed distribution a backend has for one that it wants: itself or another build, else ""."""
    return next((one for one in (wanted, *other_distributions(name).get(wanted, ())) if _version(one)), "")


def _requirements(extra: str) -> list[Requirement]:
    """Return the packages that an extra of gan-core, called as a backend, asks for."""
    return [
        requirement
        for requirement in map(Requirement, requires("gan-core") or [])
        if requirement.marker and requirement.marker.evaluate({"extra": extra}) and requirement.name != "gan-core"
    ]


def _conflicts() -> list[Finding]:
    findings = []
    if _version("paddle") and not _distribution("paddle", "paddlepaddle"):
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
