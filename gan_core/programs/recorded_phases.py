"""The phases of an experiment, each objective evaluated once on recorded values."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, cast

from gan_core.contract.backend import Call, NativeNetwork
from gan_core.errors import GanError, SpecError
from gan_core.experiments.domain_shapes import domain_shapes
from gan_core.experiments.experiment import Experiment, Phase
from gan_core.objectives.context import Outcome, UpdateContext
from gan_core.objectives.draws import Draw
from gan_core.operations.ops import Array, Ops
from gan_core.plans.more_shape_rules import CHANCE
from gan_core.plans.plans import Plan
from gan_core.recording.recorder import Recorder
from gan_core.recording.sizes import BATCH_SIZE, Size, follows_from_batch
from gan_core.recording.values import Value


@dataclass(frozen=True, kw_only=True)
class RecordedPhase:
    """What one phase did.

    phase: the phase. values: all that was recorded, in order. draws: name → (the draw, its value). numbers: the values
    that stand for `Objective.floats`, by name. variables: those of what the objective keeps, as they were before.
    outcome: what the objective returned, made of values. moved: the networks that the phase's players move.
    """

    phase: Phase
    values: list[Value]
    draws: Mapping[str, tuple[Draw, Value]]
    numbers: Mapping[str, Value]
    variables: Mapping[str, Value]
    outcome: Outcome
    moved: tuple[str, ...]

    @property
    def loss(self) -> Value:
        """What it minimises."""
        return cast("Value", self.outcome.loss)


class RecordedNetwork:
    """A network whose calls are recorded. It judges real and generated samples apart, as people write it.

    But for one that tells one call of both from two calls: by its random numbers, or by what it keeps of each call.
    """

    def __init__(self, plan: Plan, recorder: Recorder, *, apart: bool = True) -> None:
        kept = {one.name: getattr(plan, one.name) for one in fields(plan)}
        counts = bool(plan.buffers) or plan.random
        self.plan: Plan = plan if counts or not apart else _Apart(**kept)
        self.recorder = recorder

    def __call__(self, inputs: Mapping[str, Value], call: Call) -> Value:
        """See `NativeNetwork.__call__`."""
        return self.outputs(inputs, call)[self.plan.output]

    def outputs(self, inputs: Mapping[str, Value], call: Call) -> dict[str, Value]:
        """See `NativeNetwork.outputs`."""
        plan, made = self.plan, self.recorder.made
        given = tuple(inputs[name] for name in plan.inputs)
        batch = given[0].shape[0]
        shapes = {name: (batch, *shape) for name, shape in plan.outputs.items()}
        weights = tuple(call.weights.items()) if call.weights is not None else ()
        if len(shapes) == 1:
            return {name: made("call", (plan.name, given, weights, name), shape) for name, shape in shapes.items()}
        whole = made("call", (plan.name, given, weights, ""), ())
        return {name: made("head", (whole, name), shape) for name, shape in shapes.items()}

    def weights(self) -> dict[str, Value]:
        """See `NativeNetwork.weights`."""
        return {
            name: self.recorder.made("weight", (self.plan.name, name), weight.shape)
            for name, weight in self.plan.weights.items()
        }

    def to_canonical(self, arrays: Mapping[str, Value]) -> dict[str, Value]:
        """See `NativeNetwork.to_canonical`."""
        layers = {f"{node.name}.{key}": node.layer for node in self.plan.nodes for key in node.plan.weights}
        return {
            name: self.recorder.made("canonical", (self.plan.name, name, array, layers[name]), array.shape)
            for name, array in arrays.items()
        }

    def to_native(self, arrays: Mapping[str, Value]) -> dict[str, Value]:
        """See `NativeNetwork.to_native`."""
        return {
            name: self.recorder.made("native", (self.plan.name, name, array), array.shape)
            for name, array in arrays.items()
        }

    def buffers(self) -> dict[str, Value]:
        """See `NativeNetwork.buffers`; of these a program has the chance of augmentations, one for all of them."""
        chances = [name for name in self.plan.buffers if name.endswith(f".{CHANCE}")]
        if len(chances) < len(self.plan.buffers):
            raise SpecError(f"network '{self.plan.name}': an objective reads its running statistics")
        return dict.fromkeys(chances, self.recorder.made("chance", (self.plan.name,), ()))


class _Apart(Plan):
    """A plan whose samples are judged a batch at a time."""

    @property
    def batch_independent(self) -> bool:
        return False


@dataclass
class RecordedState:
    """The optimizer of a player, with slots that are recorded: for objectives that simulate its updates."""

    player: str
    optimizer: Any
    slots: Mapping[str, list[Value]]


def recorded_phases(experiment: Experiment, *, apart: bool = True) -> list[RecordedPhase]:
    """Return the phases of an experiment, recorded. Raises `SpecError` for an objective that cannot be recorded.

    apart: whether real and generated samples are judged apart where the numbers are the same, as programs have it, or
    in one call, as a training does.
    """
    recorder = Recorder()
    networks = {name: RecordedNetwork(plan, recorder, apart=apart) for name, plan in experiment.plans.items()}
    shared: dict[str, Any] = {}
    return [_recorded(experiment, phase, recorder, networks, shared) for phase in experiment.phases]


def _recorded(
    experiment: Experiment,
    phase: Phase,
    recorder: Recorder,
    networks: Mapping[str, RecordedNetwork],
    shared: dict[str, Any],
) -> RecordedPhase:
    size, first = experiment.training.batch_size, len(recorder.values)
    domains, batch = domain_shapes(experiment), Size(size, BATCH_SIZE)
    drawn: dict[str, tuple[Draw, Value]] = {}
    for name, draw in experiment.draws_of(phase).items():
        shape = draw.shape(batch, domains)
        shape = (batch, *shape[1:]) if shape and shape[0] == size and not follows_from_batch(shape[0]) else shape
        drawn[name] = draw, recorder.made("draw", (phase.name, name), shape, integer=draw.whole_numbers)
    optimizers = {name: player.optimizer for name, player in experiment.players.items()}
    numbers = {
        name: recorder.made("number", (phase.name, name), ())
        for name in phase.objective.floats(optimizers, dict.fromkeys(optimizers, 0))
    }
    variables = {
        name: recorder.made("variable", (phase.name, name), value.shape)
        for name, value in phase.objective.variables(experiment.plans).items()
    }
    context = UpdateContext(
        ops=cast("Ops", recorder),
        networks=cast("Mapping[str, NativeNetwork]", networks),
        draws=cast("Mapping[str, Array]", {name: value for name, (_, value) in drawn.items()} | numbers),
        optimizers={name: _state(experiment, name, recorder) for name in phase.objective.simulated_players()},  # type: ignore[misc]
        mask_key=None,
        variables=cast("Mapping[str, Array]", variables),
        shared=shared,
    )
    try:
        outcome = phase.objective.evaluate(context)
    except GanError as error:
        raise SpecError(f"phase '{phase.name}': {error}") from None
    except Exception as error:  # noqa: BLE001  (whatever a user's objective does with an array that holds no numbers)
        raise SpecError(
            f"phase '{phase.name}': its objective does something that cannot be written out as a program "
            f"({type(error).__name__}: {error}); write it with the operations of the contract"
        ) from None
    return RecordedPhase(
        phase=phase,
        values=recorder.values[first:],
        draws=drawn,
        numbers=numbers,
        variables=variables,
        outcome=outcome,
        moved=tuple(name for player in phase.players for name in experiment.players[player].networks),
    )


def _state(experiment: Experiment, player: str, recorder: Recorder) -> RecordedState:
    rule = experiment.players[player].optimizer
    weights = [
        (network, name, weight.shape)
        for network in experiment.players[player].networks
        for name, weight in experiment.plans[network].weights.items()
    ]
    slots = {
        slot: [recorder.made("slot", (player, network, name, slot), shape) for network, name, shape in weights]
        for slot in rule.slots
    }
    return RecordedState(player=player, optimizer=rule, slots=slots)
