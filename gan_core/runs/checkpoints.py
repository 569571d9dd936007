"""A checkpoint: a folder that holds a whole `State`, appears whole, and is read only where nothing in it is damaged.

One safetensors file a network, one for the optimizers, one for the variables if there are any; ``state.json`` has the
counts, every file's SHA-256 and a sum of itself.
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np

from gan_core.errors import DamagedError, TrainingError
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.initial_values import initial_variables
from gan_core.files.format_version import FORMAT, check_format
from gan_core.files.regular_files import check_kind, kind_of, read_file
from gan_core.files.tensor_files import TensorHeader, read_header, read_tensors, unreadable, write_tensors
from gan_core.files.whole_files import DAMAGED, REMOVED, UNFINISHED, sync_folder, write_synced
from gan_core.specs.spec import PlainName
from gan_core.training.state import State

LARGEST_STATE_BYTES = 2**20
OPTIMIZERS, VARIABLES = "optimizers", "variables"
NAME = re.compile(r"step-([0-9]{1,15})")
Shapes = dict[str, dict[str, tuple[int, ...]]]  # file → array → shape
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_Sum = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]


class _StateFile(msgspec.Struct, forbid_unknown_fields=True):
    format: int
    step: _Count
    updates: dict[PlainName, _Count]
    sha256: dict[PlainName, _Sum]
    own_sha256: _Sum
    scalars: dict[str, tuple[_Count, float]] = {}


def step_name(step: int) -> str:
    """Return the name of a step's checkpoint, and the stem of its sheet: ``step-0000500``."""
    return f"step-{step:07d}"


def step_of(folder: Path) -> int | None:
    """Return the step that a folder's name says, or None if it is no checkpoint's."""
    match = NAME.fullmatch(folder.name)
    return int(match[1]) if match else None


def write(parent: Path, state: State) -> Path:
    """Write a checkpoint folder. Raises `OSError` where the disk will not have it; nothing of it is then left.

    Raises `TrainingError` for a state that holds NaN or infinity: nothing could go on from it.
    """
    check_finite(state)
    final = parent / step_name(state.step)
    temporary = None
    try:
        temporary = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=parent))
        sums = {
            name: write_tensors(temporary / f"{name}.safetensors", values) for name, values in _parts(state).items()
        }
        content = {"format": FORMAT, "step": state.step, "updates": dict(state.updates), "sha256": sums}
        if state.scalars:  # none where every phase runs at every step
            content["scalars"] = dict(state.scalars)
        text = json.dumps(content | {"own_sha256": _sum_of(content)}, indent=2) + "\n"
        write_synced(temporary / "state.json", text.encode())
        temporary.chmod(0o755)
        sync_folder(temporary)
        if kind_of(final) is not None:
            remove(final) if is_ours(final) else set_aside(final, DAMAGED)
        os.replace(temporary, final)
        sync_folder(parent)
    except BaseException:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
        raise
    return final


def read(folder: Path, experiment: Experiment | None = None) -> State:
    """Return the state in a checkpoint folder.

    Raises `DamagedError` where a file is missing, foreign, damaged or not of the experiment's shapes, and `UsageError`
    where a newer version wrote it. Nothing is allocated before names, shapes and sizes were found right.
    """
    check_kind(folder, "a folder")
    content = _read_state_file(folder)
    paths = {name: folder / f"{name}.safetensors" for name in content.sha256}
    for path in paths.values():
        if kind_of(path) is None:
            raise DamagedError(f"{path} is missing")
    headers = {name: read_header(path) for name, path in paths.items()}
    if experiment is not None:
        found = {name: {key: tensor.shape for key, tensor in header.items()} for name, header in headers.items()}
        _check_fit(folder, found, expected_shapes(experiment))
        _check_types(folder, headers, experiment.training.dtype)
        _check_updates(folder, content, experiment)
    tensors = {name: read_tensors(path, content.sha256[name], headers[name]) for name, path in paths.items()}
    return State(
        step=content.step,
        optimizers=_by_player(tensors.pop(OPTIMIZERS, {})),
        variables=tensors.pop(VARIABLES, {}),
        networks=tensors,
        updates=content.updates,
        scalars=content.scalars,
    )


def check_finite(state: State) -> None:
    """Raise `TrainingError`, with the first array's name, unless all numbers of a state are finite."""
    for file, arrays in _parts(state).items():
        for name, values in arrays.items():
            if values.dtype.kind == "f" and not np.isfinite(values).all():
                raise TrainingError(
                    f"step {state.step}: '{name}' of {file} holds NaN or infinity, so no checkpoint was made of it; "
                    "the run was stopped and what it wrote is kept; lower the learning rate or clip the gradients"
                )


def is_ours(folder: Path) -> bool:
    """Whether a folder holds nothing but what a checkpoint does, so that it may be removed."""
    if kind_of(folder) != "a folder":
        return False
    return all(
        (one.name == "state.json" or one.suffix == ".safetensors") and kind_of(one) == "a file"
        for one in folder.iterdir()
    )


def file_names(folder: Path) -> list[str]:
    """Return the names of a checkpoint's files, as its ``state.json`` lists them. Raises as `read` does."""
    return [f"{name}.safetensors" for name in _read_state_file(folder).sha256]


def own_sum(folder: Path) -> str:
    """Return the sum by which a checkpoint is known: of its counts and of the sums of its files."""
    return _read_state_file(folder).own_sha256


def remove(folder: Path) -> None:
    """Remove a checkpoint: it loses its name at once, then its files, so that none is ever seen half-removed."""
    doomed = Path(tempfile.mkdtemp(prefix=REMOVED, dir=folder.parent))
    os.replace(folder, doomed / folder.name)
    shutil.rmtree(doomed)


def set_aside(folder: Path, mark: str) -> None:
    """Rename a checkpoint, so that it is neither used nor lost; mark: what its name begins with from then on."""
    number, aside = 1, folder.with_name(mark + folder.name)
    while kind_of(aside) is not None:
        number += 1
        aside = folder.with_name(f"{mark}{folder.name}-{number}")
    os.replace(folder, aside)


def expected_shapes(experiment: Experiment) -> Shapes:
    """Return the arrays that an experiment's checkpoint holds."""
    plans = experiment.plans
    shapes: Shapes = {
        name: {key: tuple(weight.shape) for key, weight in plan.weights.items()}
        | {key: tuple(buffer.shape) for key, buffer in plan.buffers.items()}
        for name, plan in plans.items()
    }
    shapes[OPTIMIZERS] = {
        f"{player}/{network}/{name}/{slot}": tuple(weight.shape)
        for player, spec in experiment.players.items()
        for network in spec.networks
        for name, weight in plans[network].weights.items()
        for slot in spec.optimizer.slots
    }
    if variables := initial_variables(experiment):
        shapes[VARIABLES] = {name: tuple(value.shape) for name, value in variables.items()}
    return shapes


def _parts(state: State) -> dict[str, Mapping[str, np.ndarray]]:
    """The state as files: name → arrays."""
    parts: dict[str, Mapping[str, np.ndarray]] = dict(state.networks)
    parts[OPTIMIZERS] = {
        f"{player}/{name}": value for player, values in state.optimizers.items() for name, value in values.items()
    }
    if state.variables:
        parts[VARIABLES] = state.variables
    return parts


def _by_player(tensors: Mapping[str, np.ndarray]) -> dict[str, dict[str, np.ndarray]]:
    players: dict[str, dict[str, np.ndarray]] = {}
    for name, value in tensors.items():
        player, _, slot = name.partition("/")
        players.setdefault(player, {})[slot] = value
    return players


def _read_state_file(folder: Path) -> _StateFile:
    path = folder / "state.json"
    try:
        raw = read_file(path, LARGEST_STATE_BYTES)
        if raw is None:
            raise DamagedError(f"{path} is larger than {LARGEST_STATE_BYTES} bytes; that is no state file")
        plain: Any = msgspec.json.decode(raw)
        check_format(path, plain)
        content = msgspec.convert(plain, _StateFile)
    except FileNotFoundError:
        raise DamagedError(f"{path} is missing") from None
    except OSError as error:
        raise unreadable(path, error) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise DamagedError(f"{path} cannot be read: {str(error).splitlines()[0][:200]}") from None
    if content.own_sha256 != _sum_of({key: value for key, value in plain.items() if key != "own_sha256"}):
        raise DamagedError(f"{path} is damaged: it does not agree with its own checksum")
    if content.step != step_of(folder):
        raise DamagedError(f"{folder} holds the checkpoint of step {content.step}, not of the step in its name")
    return content


def _check_types(folder: Path, headers: Mapping[str, Mapping[str, TensorHeader]], dtype: str) -> None:
    """All arrays have the run's own type: another would be rounded, or read as something else, without a word."""
    wanted = {"float32": "F32", "float64": "F64"}[dtype]
    for name, header in headers.items():
        for key, tensor in header.items():
            if tensor.dtype != wanted:
                raise DamagedError(
                    f"{folder}/{name}.safetensors: '{key[:80]}' is of the type {tensor.dtype}; the experiment has "
                    f"{wanted} ({dtype})"
                )


def _check_updates(folder: Path, content: _StateFile, experiment: Experiment) -> None:
    """Each player has a count. How many follows from no step: a state may be older, or younger, than its run."""
    if content.updates.keys() != experiment.players.keys():
        there, wanted = (", ".join(sorted(names)) or "no player" for names in (content.updates, experiment.players))
        raise DamagedError(f"{folder}/state.json: updates of {there}; the experiment has the players {wanted}")


def _sum_of(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _check_fit(folder: Path, found: Shapes, expected: Shapes) -> None:
    if found.keys() != expected.keys():
        difference = sorted(found.keys() ^ expected.keys())[0]
        raise DamagedError(f"{folder} does not fit its experiment: {difference}.safetensors is missing or unknown")
    for name, shapes in expected.items():
        for key in sorted(shapes.keys() | found[name].keys()):
            if found[name].get(key) != shapes.get(key):
                there, wanted = (
                    list(s) if s is not None else "nothing" for s in (found[name].get(key), shapes.get(key))
                )
                raise DamagedError(f"{folder}/{name}.safetensors: '{key[:80]}' is {there}; the experiment has {wanted}")
