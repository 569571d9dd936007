"""Weights exchanged with a framework's own files: out, for use without this library, and back, when tuned there."""

import dataclasses
import hashlib
import os
import shlex
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from gan_core.contract.backend import Backend
from gan_core.contract.loading import load_backend
from gan_core.contract.weight_matching import FileArray, canonical_file_arrays, matched
from gan_core.errors import UsageError, WriteError, nearest
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import to_toml
from gan_core.experiments.initial_values import with_derived
from gan_core.files.file_parts import opened_part
from gan_core.files.name_maps import read_name_map
from gan_core.files.plain_weights import IGNORED, PLAIN_SUFFIXES, plain_weights
from gan_core.files.whole_files import written_whole
from gan_core.plans.plans import Plan
from gan_core.presets.loading import load_experiment
from gan_core.printing import Tell, say
from gan_core.runs.directory import RunDirectory
from gan_core.runs.history import entry, environment
from gan_core.runs.kept_imports import keep_imports
from gan_core.runs.lock import locked
from gan_core.sessions.beginnings import fresh_slots, starting_state
from gan_core.sessions.resuming import logged_steps
from gan_core.sessions.run import Run
from gan_core.training.state import State


def export_weights(
    run: str | Path,
    out: str | Path,
    backend: str | None = None,
    *,
    network: str | None = None,
    script: str | Path | None = None,
    checkpoint: str | int = "last",
    allow_imports: bool = False,
) -> Path:
    """Write the weights of a network, from a run's checkpoint, to a framework's own file, and return its path.

    backend: the framework's name, by default the one that the run last ran on. network: by default the one that makes
    the sheets. script: the path of a plain script that loads and runs the network, written too if it is not None.
    checkpoint: see `OpenedRun.state`.
    Raises `BackendError` where the network has a layer that the framework has no standard one for.
    """
    opened, out = Run(run, allow_imports=allow_imports), Path(out)
    plan = _plan(opened.experiment, network, str(opened.path))
    native = load_backend(backend or opened.backend, opened.experiment.training.dtype)
    _check_suffix(native, out)
    for path in (out, *([Path(script)] if script is not None else [])):
        if not path.parent.is_dir():
            raise UsageError(f"{path}: the folder {path.parent} does not exist")
    kept = opened.state(checkpoint).networks[plan.name]
    values = {
        slot.name: kept[slot.name] for slot in canonical_file_arrays(plan)
    }  # in the network's order, not the checkpoint's
    try:
        with written_whole(out) as path:
            native.export_weights(plan, values, path)
        if script is not None:
            with written_whole(Path(script)) as path:
                native.export_script(plan, seen_from(Path(script), out), path)
    except OSError as error:
        raise WriteError(f"{error.filename or out} could not be written: {error.strerror or error}") from None
    return out


def import_weights(
    run: str | Path | None,
    file: str | Path,
    out: str | Path,
    backend: str | None = None,
    *,
    network: str | None = None,
    key: str | None = None,
    match: str = "names",
    name_map: str | Path | None = None,
    new: str | Path | Experiment | None = None,
    tell: Tell = say,
    allow_imports: bool = False,
) -> Run:
    """Make a new run directory that has a network's weights from a framework's own file, and return the run.

    It stands where the run's newest checkpoint does, or, with `new` (a preset or an experiment file) in place of a run,
    at step 0. The run itself stays what it was, so that its files remain those of one training. The network's player
    has a fresh optimizer state, since the old one was of other weights, and averages of the network begin as it.
    ``environment.json`` says where the weights came from, and `resume` goes on.
    file: a framework's own, or ``.safetensors`` or ``.npz`` in canonical layout (PyTorch's). match: by "names", or by
    "order" under any names. name_map: a TOML file of names in the file and the library's, ``"net.0.weight" =
    "conv_1.weight"``. key: the table within the file, as "generator"; by default the one that fits. tell: is told
    what was chosen and what starts fresh. Raises `UsageError` unless exactly the network's arrays are found.
    """
    file = Path(file)
    if (run is None) == (new is None):
        raise UsageError(
            "gan weights import: expected a RUN, or new=FILE with a preset or an experiment file; one of both"
        )
    opened = Run(run, allow_imports=allow_imports) if run is not None else None
    allowed = allow_imports or None
    experiment = opened.experiment if opened else load_experiment(new, allow_imports=allowed)  # type: ignore[arg-type]
    name = backend or (opened.backend if opened else None)
    plan = _plan(experiment, network, str(run or experiment.name))
    if name is None:
        raise UsageError("gan weights import: a new run needs a framework; name it with backend=NAME")
    renamed = read_name_map(Path(name_map)) if name_map is not None else {}
    values = _read(plan, file, name, experiment, match=match, key=key, renamed=renamed, tell=tell)
    state = opened.state() if opened else starting_state(experiment)
    note: dict[str, Any] = {"step": state.step, "network": plan.name, "file": str(file), "sha256": file_sum(file)}
    note |= {"run": str(run)} if run is not None else {}
    changed = with_network(experiment, state, plan.name, values, tell)
    try:
        if opened:
            return _new_run(opened, Path(out), changed, note)
        return first_run(experiment, name, Path(out), changed, [note])
    except OSError as error:
        raise WriteError(f"{out} could not be written: {error.strerror}") from None


def with_network(
    experiment: Experiment,
    state: State,
    network: str,
    values: Mapping[str, np.ndarray],
    tell: Tell,
) -> State:
    """Return a state with other weights in a network, and nothing in it that was of the old ones.

    Its player's optimizer state begins anew; averages of it start as it is.
    """
    networks = {**state.networks, network: values}
    optimizers, updates, fresh = dict(state.optimizers), dict(state.updates), []
    for player, spec in experiment.players.items():
        if network in spec.networks:
            optimizers[player], updates[player] = fresh_slots(experiment, player), 0
            fresh.append(f"optimizer of '{player}'")
    for name, average in experiment.averages.items():
        if average.of == network:
            networks[name] = {key: np.array(value) for key, value in values.items()}
            fresh.append(f"average '{name}'")
    if fresh:
        tell(f"'{network}' has new weights; fresh: {', '.join(fresh)}")
    if network in experiment.averages:
        tell(f"'{network}' is an average: '{experiment.averages[network].of}', which it follows, keeps its weights")
    return dataclasses.replace(state, networks=networks, optimizers=optimizers, updates=updates)


def checked_values(plan: Plan, found: Mapping[str, np.ndarray], file: Path, dtype: np.dtype) -> dict[str, np.ndarray]:
    """Return what a file holds in the run's dtype. Raises `UsageError` unless names, shapes and numbers are right."""
    wanted = {name: tuple(weight.shape) for name, weight in plan.weights.items()}
    wanted |= {name: tuple(buffer.shape) for name, buffer in plan.buffers.items()}
    if odd := sorted(wanted.keys() ^ found.keys()):
        what = "lacks" if odd[0] in wanted else "holds the unknown"
        raise UsageError(f"{file} {what} '{odd[0][:80]}' (network '{plan.name}' has {len(wanted)} arrays)")
    values = {}
    for name, shape in wanted.items():
        if found[name].shape != shape:
            raise UsageError(f"{file}: '{name}' is {list(found[name].shape)}; network '{plan.name}' has {list(shape)}")
        if found[name].dtype.kind != "f" or not np.isfinite(found[name]).all():
            raise UsageError(f"{file}: '{name}' holds something other than finite numbers (NaN or infinity)")
        with np.errstate(over="ignore"):
            values[name] = np.array(found[name], dtype)
        if not np.isfinite(values[name]).all():
            raise UsageError(f"{file}: '{name}' holds numbers that are too large for {dtype}")
    return values


def _read(
    plan: Plan,
    file: Path,
    backend: str,
    experiment: Experiment,
    *,
    match: str,
    key: str | None,
    renamed: Mapping[str, str],
    tell: Tell,
) -> dict[str, np.ndarray]:
    """A network's arrays from a file, by its ending: of no framework, or of the named one."""
    native = load_backend(backend, experiment.training.dtype)
    slots = SlotsOf(plain=lambda: canonical_file_arrays(plan), native=lambda: native.file_arrays(plan))
    found = read_arrays(plan, slots, file, native, match=match, key=key, renamed=renamed, tell=tell)
    return checked_values(plan, with_derived(plan, found), file, np.dtype(experiment.training.dtype))


@dataclasses.dataclass(frozen=True, kw_only=True)
class SlotsOf:
    """What arrays a network has in a file of no framework, and in one of its framework; left_out: others of a file."""

    plain: Callable[[], list[FileArray]]
    native: Callable[[], list[FileArray]]
    left_out: Collection[str] = ()


def read_arrays(
    plan: Plan,
    slots: SlotsOf,
    file: Path,
    native: Backend,
    *,
    match: str,
    key: str | None,
    renamed: Mapping[str, str],
    tell: Tell,
) -> dict[str, np.ndarray]:
    """Return a network's arrays from a file, by its ending: of no framework, or of the backend's; see `matched`."""
    wanted = partial(matched, plan, match=match, key=key, renamed=renamed, left_out=slots.left_out, tell=tell)
    with opened_part(file) as part:
        if file.suffix.lower() in PLAIN_SUFFIXES:
            return wanted(slots.plain(), plain_weights(part, file.suffix.lower()), file, ignored=IGNORED)
        if not file.name.lower().endswith(native.weights_suffixes):
            raise UsageError(
                f"{file}: the files of {native.name} end in {', '.join(native.weights_suffixes)} (of all: "
                f"{', '.join(PLAIN_SUFFIXES)}); name the framework with backend=NAME"
            )
        return wanted(slots.native(), native.stored_weights(part), file, ignored=native.weights_ignored)


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
        keep_imports(directory, opened.experiment)  # what is said of them stays, as the rest of `before`
        directory.write_json("environment.json", before | {"history": history, "imported": imported})
        kept = logged_steps(opened.timetable, state.step)
        directory.append_metrics([row for row in opened.metrics() if kept(row["step"])])
        directory.write_checkpoint(state, keep=1)
        directory.write_text("experiment.toml", (opened.path / "experiment.toml").read_text(encoding="utf-8"))
    return Run(out)


def first_run(experiment: Experiment, backend: str, out: Path, state: State, notes: Sequence[Mapping[str, Any]]) -> Run:
    """Write a run directory of a new run at step 0, and return the run; notes: where its weights came from.

    Each has `step` (0), `network`, `file` and its `sha256`, as ``environment.json`` has them under `imported`.
    """
    directory = RunDirectory.create(out)
    with locked(out):
        described = {"backend": backend, **environment(shlex.join(sys.argv))}
        history = [entry(0, described, experiment) | {"last_step": 0}]
        content = (
            described
            | {"history": history, "imported": [dict(note) for note in notes]}
            | keep_imports(directory, experiment)
        )
        directory.write_json("environment.json", content)
        directory.append_metrics([])
        directory.write_checkpoint(state, keep=1)
        directory.write_text("experiment.toml", to_toml(experiment))
    return Run(out)


def _plan(experiment: Experiment, network: str | None, place: str) -> Plan:
    plans = experiment.plans
    name = network or experiment.sampler_network
    if name not in plans:
        raise UsageError(f"network={name}: {place} has none of that name{nearest(name, plans)}")
    if not plans[name].weights:
        raise UsageError(f"network={name}: it has no weights")
    return plans[name]


def seen_from(script: Path, weights: Path) -> Path:
    """Return where a script finds its weights from its own folder, so that both can be moved together."""
    try:
        return Path(os.path.relpath(weights.resolve(), script.resolve().parent))
    except ValueError:  # another drive
        return weights.resolve()


def _check_suffix(backend: Backend, file: Path) -> None:
    if file.suffix != backend.weights_suffix:
        raise UsageError(
            f"{file}: the files of {backend.name} end in {backend.weights_suffix}; name the framework with backend=NAME"
        )


def file_sum(file: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
