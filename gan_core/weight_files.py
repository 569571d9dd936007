"""A run's weights out to a framework's own file, for use without this library, and back, for what was tuned there."""

import dataclasses
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gan_core.backend import Backend, load_backend
from gan_core.errors import UsageError, WriteError, nearest
from gan_core.events import State
from gan_core.resuming import logged_steps
from gan_core.run import Run
from gan_core.run_directory import RunDirectory, written_whole
from gan_core.run_lock import locked
from gan_core.shapes import Plan


def export_weights(
    run: str | Path,
    out: str | Path,
    backend: str | None = None,
    *,
    network: str | None = None,
    script: str | Path | None = None,
) -> Path:
    """Write a network's weights of a run's newest checkpoint to a framework's own file, and return its path.

    network: by default the one that makes the sheets. script: also write a plain script that loads and runs it. Raises
    `BackendError` where the network has a layer that the framework has no standard one for.
    """
    opened, out = Run(run), Path(out)
    plan = _plan(opened, network)
    native = load_backend(backend or opened.backend, opened.experiment.training.dtype)
    _check_suffix(native, out)
    values = opened.state().networks[plan.name]
    try:
        with written_whole(out) as path:
            native.export_weights(plan, values, path)
        if script is not None:
            with written_whole(Path(script)) as path:
                native.export_script(plan, _seen_from(Path(script), out), path)
    except OSError as error:
        raise WriteError(f"{out} could not be written: {error.strerror or error}") from None
    return out


def import_weights(
    run: str | Path, file: str | Path, out: str | Path, backend: str | None = None, *, network: str | None = None
) -> Run:
    """Make a new run directory of a run's newest checkpoint with a network's weights from a framework's own file.

    The run itself stays what it was, so that its files remain those of one training. The new one stands at the same
    step with the same optimizer state; ``environment.json`` says where the weights came from, and `resume` goes on.
    Raises `UsageError` unless the file has exactly the network's names and shapes.
    """
    opened, file = Run(run), Path(file)
    plan = _plan(opened, network)
    if not file.is_file():
        raise UsageError(f"no file {file}")
    native = load_backend(backend or opened.backend, opened.experiment.training.dtype)
    _check_suffix(native, file)
    values = checked_values(plan, native.import_weights(plan, file), file, np.dtype(opened.experiment.training.dtype))
    state = opened.state()
    changed = dataclasses.replace(state, networks={**state.networks, plan.name: values})
    note = {"step": state.step, "network": plan.name, "file": str(file), "sha256": _file_sum(file), "run": str(run)}
    try:
        return _new_run(opened, Path(out), changed, note)
    except OSError as error:
        raise WriteError(f"{out} could not be written: {error.strerror}") from None


def checked_values(plan: Plan, found: Mapping[str, np.ndarray], file: Path, dtype: np.dtype) -> dict[str, np.ndarray]:
    """Return what a file holds in the run's dtype. Raises `UsageError` unless names, shapes and numbers are right."""
    wanted = {name: tuple(weight.shape) for name, weight in plan.weights.items()}
    wanted |= {name: tuple(buffer.shape) for name, buffer in plan.buffers.items()}
    if odd := sorted(wanted.keys() ^ found.keys()):
        what = "lacks" if odd[0] in wanted else "holds the unknown"
        raise UsageError(f"{file} {what} '{odd[0][:80]}' (network '{plan.name}' has {len(wanted)} arrays)")
    for name, shape in wanted.items():
        if found[name].shape != shape:
            raise UsageError(f"{file}: '{name}' is {list(found[name].shape)}; network '{plan.name}' has {list(shape)}")
        if found[name].dtype.kind != "f" or not np.isfinite(found[name]).all():
            raise UsageError(f"{file}: '{name}' holds something other than finite numbers")
    return {name: np.array(found[name], dtype) for name in wanted}


def _new_run(opened: Run, out: Path, state: State, note: Mapping[str, Any]) -> Run:
    """Write a run directory that stands at a state; its experiment last, by which it counts as a run."""
    directory = RunDirectory.create(out)
    with locked(out):
        directory.sweep()
        before = opened.directory.environment()
        history = [dict(one) for one in before.get("history", []) if one["first_step"] <= state.step]
        if history:
            history[-1]["last_step"] = state.step
        imported = [*before.get("imported", []), dict(note)]
        directory.write_json("environment.json", before | {"history": history, "imported": imported})
        kept = logged_steps(opened.experiment, state.step)
        directory.append_metrics([row for row in opened.metrics() if kept(row["step"])])
        directory.write_checkpoint(state, keep=1)
        directory.write_text("experiment.toml", (opened.path / "experiment.toml").read_text(encoding="utf-8"))
    return Run(out)


def _plan(run: Run, network: str | None) -> Plan:
    plans = run.experiment.plans
    name = network or run.experiment.sampled[0]
    if name not in plans:
        raise UsageError(f"network={name}: {run.path} has none of that name{nearest(name, plans)}")
    if not plans[name].weights:
        raise UsageError(f"network={name}: it has no weights")
    return plans[name]


def _seen_from(script: Path, weights: Path) -> Path:
    """Return where a script finds its weights from its own folder, so that both can be moved together."""
    try:
        return Path(os.path.relpath(weights.resolve(), script.resolve().parent))
    except ValueError:  # on another drive of Windows
        return weights.resolve()


def _check_suffix(backend: Backend, file: Path) -> None:
    if file.suffix != backend.weights_suffix:
        raise UsageError(
            f"{file}: the files of {backend.name} end in {backend.weights_suffix}; name the framework with backend=NAME"
        )


def _file_sum(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
