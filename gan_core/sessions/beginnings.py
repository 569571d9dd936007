"""A new run's first state, taken from a checkpoint of another run, whose data, rates, seed or framework may differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from gan_core.errors import DamagedError, UsageError
from gan_core.experiments.experiment import Experiment, Player
from gan_core.experiments.files import read_run_experiment
from gan_core.experiments.initial_values import all_initial_values, initial_values, initial_variables
from gan_core.plans.plans import Plan
from gan_core.printing import Tell
from gan_core.runs import checkpoints
from gan_core.runs.directory import RunDirectory
from gan_core.training.state import State

# what may differ between two optimizers of one kind, and the state of the one still be right for the other
_MAY_DIFFER = {"learning_rate", "schedule", "clip_value", "clip_norm", "epsilon"}


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a run begins: another run's experiment and state.

    run: the directory of that run. note: what ``environment.json`` of the new run says of it.
    """

    run: Path
    experiment: Experiment
    state: State
    note: Mapping[str, Any]

    @property
    def backend(self) -> str:
        """The backend that the other run last ran on. Raises `UsageError` where its ``environment.json`` is damaged."""
        return str(RunDirectory(self.run).environment()["backend"])


def origin_of(path: Path, tell: Tell, allow_imports: bool = False) -> Origin:
    """Return the newest whole checkpoint of a run, of its ``best`` folder, or the checkpoint that the path names.

    Nothing of that run is changed. tell: is told of a damaged checkpoint that is passed over. allow_imports: whether
    the modules that the run has kept may run. Raises `UsageError` for a path that leads to no run, and for a run
    without a checkpoint.
    """
    run = _run_of(path)
    experiment = read_run_experiment(run / "experiment.toml", allow_imports)
    if checkpoints.step_of(path) is not None and path != run:
        state, checkpoint = checkpoints.read(path, experiment), path
    else:
        state, checkpoint = _newest(path, run, experiment, tell)
    note = {"path": str(path), "step": state.step, "checkpoint_sha256": checkpoints.own_sum(checkpoint)}
    return Origin(run=run, experiment=experiment, state=state, note=note)


def first_state(experiment: Experiment, origin: Origin, tell: Tell) -> State:
    """Return the state at step 0 of a run of `experiment` that begins where another one stands.

    Networks, averages, what objectives keep, and the optimizer state of each player whose optimizer and networks are
    those of before are taken over. That state keeps its age (`State.updates`), by which Adam corrects its moments;
    schedules and every other count begin anew. What the other run lacks starts as in any new run; `tell` is told of it
    in one line. Raises `UsageError` where a network of the same name has other arrays.
    """
    found, dtype = origin.state, np.dtype(experiment.training.dtype)
    shared = [name for name in experiment.plans if name in found.networks]
    if not shared:
        names = ", ".join(found.networks)
        raise UsageError(
            f"from_run={origin.note['path']}: it has the networks {names}, none of '{experiment.name}' "
            f"({', '.join(experiment.networks)})"
        )
    for name in shared:
        _check_fit(origin, experiment.plans[name])
    networks = _networks(experiment, found, dtype)
    taken = {name for name, player in experiment.players.items() if _fits(name, player, origin)}
    variables = _variables(experiment, found, dtype)
    tell(_said(experiment, origin, taken, variables))
    return State(
        step=0,
        networks=networks,
        optimizers={
            name: _cast(found.optimizers[name], dtype) if name in taken else fresh_slots(experiment, name)
            for name in experiment.players
        },
        updates={name: found.updates[name] if name in taken else 0 for name in experiment.players},
        variables=_cast(initial_variables(experiment), dtype) | variables,
    )


def starting_state(experiment: Experiment) -> State:
    """Return the state in which a run begins that begins with nothing."""
    dtype = np.dtype(experiment.training.dtype)
    return State(
        step=0,
        networks={name: _cast(values, dtype) for name, values in all_initial_values(experiment).items()},
        optimizers={name: fresh_slots(experiment, name) for name in experiment.players},
        updates=dict.fromkeys(experiment.players, 0),
        variables=_cast(initial_variables(experiment), dtype),
    )


def fresh_slots(experiment: Experiment, player: str) -> dict[str, np.ndarray]:
    """Return the state of a player's optimizer before its first update: zeros, by ``network/layer.weight/slot``."""
    spec, dtype = experiment.players[player], np.dtype(experiment.training.dtype)
    return {
        f"{network}/{name}/{slot}": np.zeros(weight.shape, dtype)
        for network in spec.networks
        for name, weight in experiment.plans[network].weights.items()
        for slot in spec.optimizer.slots
    }


def _run_of(path: Path) -> Path:
    """Return the run that a path belongs to: its directory, its ``best`` folder, or one of its checkpoints."""
    for run in (path, path.parent, path.parent.parent, path.parent.parent.parent):
        if (run / "experiment.toml").is_file() and (
            path in (run, run / "best") or path.parent in (run / "checkpoints", run / "best" / "checkpoints")
        ):
            return run
    raise UsageError(
        f"from_run={path}: expected a run directory (it has an experiment.toml), its best folder, or one of its "
        "checkpoints"
    )


def _newest(path: Path, run: Path, experiment: Experiment, tell: Tell) -> tuple[State, Path]:
    """Return the newest whole state of a run, or of its ``best`` folder if the path is that, and its checkpoint."""
    directory = RunDirectory(run)

    def passed_over(_: Path, damage: DamagedError) -> None:
        tell(f"{damage}; the checkpoint before it is used")

    if path == run:
        folder, state = directory.checkpoints, directory.newest_state(experiment, passed_over)
    else:
        folder, state = directory.best, directory.best.newest(experiment, passed_over)
    if state is None:
        raise UsageError(f"from_run={path}: it has no checkpoint yet")
    return state, folder.path / checkpoints.step_name(state.step)


def _check_fit(origin: Origin, plan: Plan) -> None:
    there: dict[str, tuple[int, ...]] = {key: value.shape for key, value in origin.state.networks[plan.name].items()}
    wanted = {key: tuple(weight.shape) for key, weight in plan.weights.items()}
    wanted |= {key: tuple(buffer.shape) for key, buffer in plan.buffers.items()}
    for key in [*wanted, *sorted(there.keys() - wanted.keys())]:
        if there.get(key) != wanted.get(key):
            has, wants = (list(s) if s is not None else "nothing" for s in (there.get(key), wanted.get(key)))
            raise UsageError(
                f"from_run={origin.note['path']}: network '{plan.name}', '{key}' is {has} there and {wants} here: make "
                "the network as it is there, or give it another name to have it start fresh"
            )


def _networks(experiment: Experiment, found: State, dtype: np.dtype) -> dict[str, dict[str, np.ndarray]]:
    values: dict[str, dict[str, np.ndarray]] = {}
    for name, plan in experiment.plans.items():  # averages come last
        if name in found.networks:
            values[name] = _cast(found.networks[name], dtype)
        elif name in experiment.averages:
            values[name] = {key: value.copy() for key, value in values[experiment.averages[name].of].items()}
        else:
            values[name] = initial_values(plan, experiment.training.seed)
    return values


def _fits(name: str, player: Player, origin: Origin) -> bool:
    """Whether a player's optimizer can go on from the state it has in the other run."""
    before = origin.experiment.players.get(name)
    if before is None or set(before.networks) != set(player.networks):
        return False
    one, other = (msgspec.structs.asdict(spec.optimizer) for spec in (player, before))  # type: ignore[arg-type]
    differ = {key for key in one.keys() | other.keys() if one.get(key) != other.get(key)}
    return type(player.optimizer) is type(before.optimizer) and differ <= _MAY_DIFFER


def _variables(experiment: Experiment, found: State, dtype: np.dtype) -> dict[str, np.ndarray]:
    wanted = initial_variables(experiment)
    fitting = {name: value for name, value in found.variables.items() if name in wanted}
    return _cast({name: value for name, value in fitting.items() if value.shape == wanted[name].shape}, dtype)


def _said(experiment: Experiment, origin: Origin, taken: set[str], variables: Mapping[str, Any]) -> str:
    fresh = [f"network '{name}'" for name in experiment.networks if name not in origin.state.networks]
    fresh += [f"average '{name}'" for name in experiment.averages if name not in origin.state.networks]
    fresh += [f"optimizer of '{name}'" for name in experiment.players if name not in taken]
    fresh += [f"variable '{name}'" for name in initial_variables(experiment) if name not in variables]
    there = f"begun from {origin.note['path']} at step {origin.state.step}"
    return f"{there}; fresh: {', '.join(fresh)}" if fresh else f"{there}, with all of its state"


def _cast(values: Mapping[str, np.ndarray], dtype: np.dtype) -> dict[str, np.ndarray]:
    return {name: value.astype(dtype) for name, value in values.items()}
