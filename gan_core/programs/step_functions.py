"""From recorded phases to step functions: what gets a name, in which order, and when each player moves."""

from collections import Counter
from collections.abc import Sequence

from gan_core.experiments.experiment import Experiment
from gan_core.programs.flows import attached, flows_of, judges
from gan_core.programs.groups import groups, roots
from gan_core.programs.naming import Names, kept_variables, wish_for
from gan_core.programs.recorded_phases import RecordedPhase, recorded_phases
from gan_core.recording.formulas import LONG, operations
from gan_core.recording.simplified import GIVEN_WEIGHTS, OWN_WEIGHTS, Simplifier
from gan_core.recording.steps import (
    Clip,
    Define,
    Follow,
    Keep,
    Let,
    Parameter,
    SetChance,
    Statement,
    StepFunction,
    Update,
    reached,
)
from gan_core.recording.values import SOURCES, Value, values_in

WHOLE_PARTS = {
    "through_pool": ("shown", "pool"),
    "moved_chance": ("real_sign", "chance", "signs", "updates"),
}
PARTS = frozenset({"item", "head"})
NO_NAME = SOURCES | {"negative", "detach", "constant"}


def step_functions(experiment: Experiment) -> list[StepFunction]:
    """Return the step functions of an experiment, in the order in which a step calls them.

    Raises `SpecError` for an objective that cannot be recorded.
    """
    grouped = groups(recorded_phases(experiment))
    return [_Group(experiment, group, alone=len(grouped) == 1).function() for group in grouped]


class _Group:
    """The phases of one step function, on their way to statements."""

    def __init__(self, experiment: Experiment, phases: Sequence[RecordedPhase], *, alone: bool) -> None:
        self.experiment, self.phases, self.alone = experiment, phases, alone
        self.simplify = Simplifier()
        judging: dict[str, str] = {}
        for one in phases:
            judging |= one.phase.objective.outputs()
        self.names = Names(experiment.plans, judging)
        self.roots = {one.phase.name: [self.simplify(value) for value in roots(one)] for one in phases}
        self.losses = {one.phase.name: self.simplify(one.loss) for one in phases}
        self.moved = {one.phase.name: one.moved for one in phases}
        wanted = [root for found in self.roots.values() for root in found]
        known = reached(wanted)
        seen = [self.simplify(value) for one in phases for value in one.values]
        self.order = [value for value in dict.fromkeys([*_before(wanted, seen), *seen]) if value in known]
        self.flows = flows_of(self.order, self.losses, self.moved)
        self.attached = attached(self.order, self.flows)
        self.uses = _uses(self.order, [root for found in self.roots.values() for root in found])
        self.logged: dict[str, Value] = {}
        self.labels: dict[Value, str] = {}
        self.named: set[Value] = set()
        self.statements: list[Statement] = []

    def function(self) -> StepFunction:
        """Return the function."""
        parameters = self._parameters()
        self._label()
        done: set[Value] = set()
        for one in self.phases:
            self._let(one, done)
            self._move(one)
        name = self.phases[0].phase.name if len(self.phases) == 1 else "_and_".join(p.phase.name for p in self.phases)
        return StepFunction(
            name=self.names.fresh("train_step" if self.alone and len(self.phases) > 1 else f"{name}_step"),
            title=_title(self.phases),
            phases=tuple(one.phase.name for one in self.phases),
            parameters=parameters,
            statements=tuple(self.statements),
            logged=self.logged,
            names=self.names.taken,
            attached=self.attached,
        )

    def _parameters(self) -> tuple[Parameter, ...]:
        """Names for draws, each by its last word where that is free; then for numbers."""
        known, kept = reached(self.order), kept_variables(self.experiment)
        parameters = []
        last_words = Counter(name.rpartition(".")[2] for one in self.phases for name in one.draws)
        for one in self.phases:
            drawn = [(name, value, False) for name, (_, value) in one.draws.items()]
            for name, value, number in [*drawn, *((name, value, True) for name, value in one.numbers.items())]:
                if value in known:
                    phase = one.phase.name
                    short = name.rpartition(".")[2]
                    wishes = (short, name) if last_words[short] == 1 or number else (name,)
                    wished = self.names.give(value, *wishes, f"{phase}_{name}")
                    parameters.append(Parameter(name=wished, value=value, number=number, source=(phase, name)))
            for name, value in one.variables.items():
                self.names.taken[value] = f"self.{kept[f'{one.phase.name}/{name}'].attribute}"
        return tuple(parameters)

    def _label(self) -> None:
        """What is logged has a label, by which a value that is used elsewhere too is named."""
        for one in self.phases:
            phase = one.phase.name
            for label, value in one.outcome.scalars.items():
                if isinstance(value, Value):
                    self.logged[f"{phase}/{label}"] = self.simplify(value)
                    wish = label if len(self.phases) == 1 else f"{phase}_{label}"
                    self.labels.setdefault(_bare(self.simplify(value)), wish)
            self.labels[self.losses[phase]] = "loss" if len(self.phases) == 1 else f"{phase}_loss"

    def _let(self, one: RecordedPhase, done: set[Value]) -> None:
        """Statements for all that a phase needs and that no earlier one has named."""
        wanted = reached(self.roots[one.phase.name])
        inner, within = _inner(self.order), _within_definitions(self.order)
        for value in self.order:
            if value in done or value not in wanted or value in within:
                continue
            done.add(value)
            if value.word == "simulated_updates":
                self._define(value, [other for other in self.order if other in within])
            elif value.word == "call" and value.operands[3] == "":
                self._let_parts(value, "head", inner)
            elif value.word in {"split", "gradients"} or (value.shape == () and self._is_table(value)):
                self._let_parts(value, "item", inner)
            elif value.word not in PARTS and self._wants_name(value):
                name = self.names.give(value, *self._wishes(value))
                self._add((name,), value, inner)

    def _define(self, value: Value, within: Sequence[Value]) -> None:
        """A function of the weights that simulated updates move, and the updates."""
        outside, self.statements = self.statements, []
        parameter = self.names.fresh(OWN_WEIGHTS)
        loss = value.operands[2]
        for other in within:
            if other is not loss and self._wants_name(other):
                self._add((self.names.give(other, *self._wishes(other)),), other, {})
        lets = tuple(one for one in self.statements if isinstance(one, Let))
        name = self.names.give(loss, "opponent_loss")
        self.statements = [*outside, Define(name=name, parameter=parameter, lets=lets, result=loss)]
        self._add((self.names.give(value, "later_weights"),), value, {})

    def _is_table(self, value: Value) -> bool:
        return any(part.word == "item" and part.operands[0] is value for part in self.order)

    def _let_parts(self, value: Value, word: str, inner: dict[Value, Value]) -> None:
        parts = {part.operands[1]: part for part in self.order if part.word == word and part.operands[0] is value}
        outputs = self.experiment.plans[value.operands[0]].outputs if word == "head" else ()
        places = outputs or range(2 if value.word == "split" else max(parts) + 1)
        names = [
            self.names.give(parts[place], *self._part_wishes(value, parts[place])) if place in parts else "_"
            for place in places
        ]
        self._add(tuple(names), value, inner)

    def _part_wishes(self, value: Value, part: Value) -> tuple[str, ...]:
        if part.word == "head":
            return (self.names.of_output(value, str(part.operands[1])),)
        if value.word == "gradients":
            return ("gradient", "gradient")
        if value.word == "split" and value.operands[0].word in {"call", "head"}:
            call, head = value.operands[0], ""
            if call.word == "head":
                call, head = call.operands
            first = head in {"", self.experiment.plans[call.operands[0]].output}
            means = self.names.judging.get(call.operands[0], "output") if first else head
            return (f"{('real', 'fake')[part.operands[1]]}_{means}",)
        if value.word in WHOLE_PARTS:
            return (WHOLE_PARTS[value.word][part.operands[1]],)
        together = [hint.split(",") for hint in value.hints if "," in hint]
        return (together[0][part.operands[1]] if together else part.hint or "part",)

    def _add(self, names: tuple[str, ...], value: Value, inner: dict[Value, Value]) -> None:
        flows = self.flows[value]
        self.named.add(value)
        self.statements.append(Let(names=names, value=value, flows=flows, inner=inner.get(value)))

    def _wants_name(self, value: Value) -> bool:
        if value in self.labels and (self.uses[value] > 1 or value in self.losses.values()):
            return True
        if value.word in {"call", "leaf"} or value in _outputs_of_gradients(self.order):
            return True
        if value.word == "detach" and self.uses[value] > 1:
            return value.operands[0] not in self.named and value.operands[0].word not in PARTS
        if value.word in NO_NAME:
            return value.word == "constant" and value.shape != () and self.uses[value] > 1
        return self.uses[value] > 1 or operations(value, self.named) > LONG

    def _wishes(self, value: Value) -> tuple[str, ...]:
        if value in self.labels:
            return (self.labels[value],)
        if value.word == "call":
            return (self.names.of_output(value),)
        if value.word == "leaf":
            return (value.operands[0].hint or wish_for(value),)
        return (wish_for(value),)

    def _move(self, one: RecordedPhase) -> None:
        """The players move; then what follows from that."""
        phase, experiment = one.phase.name, self.experiment
        later = {other.phase.name for other in self.phases[self.phases.index(one) + 1 :]}
        again = any(isinstance(let, Let) and phase in let.flows and let.flows & later for let in self.statements)
        players = {name: experiment.players[name].networks for name in one.phase.players}
        self.statements.append(
            Update(
                phase=phase,
                loss=self.names.taken[self.losses[phase]],
                players=players,
                again=again,
                partial=not judges(self.losses[phase], set(one.moved)),
            )
        )
        for name, value in one.outcome.variables.items():
            self.statements.append(Keep(name=f"{phase}/{name}", value=self.simplify(value)))  # type: ignore[arg-type]
        for network, values in one.outcome.buffers.items():
            first = self.simplify(next(iter(values.values())))  # type: ignore[arg-type]
            self.statements.append(SetChance(network=network, value=first))
        for player in one.phase.players:
            limit = experiment.players[player].clip_weights
            if limit is not None:
                self.statements += [Clip(network=name, limit=limit) for name in players[player]]
        self.statements += [
            Follow(average=name, network=average.of, decay=average.decay)
            for name, average in experiment.averages.items()
            if average.of in one.moved
        ]


def _title(phases: Sequence[RecordedPhase]) -> str:
    listed = []
    for one in phases:
        *names, last = dict.fromkeys(one.moved)
        listed.append(f"{', '.join(names)} and {last}" if names else last)
    return f"Update {', then '.join(listed)}."


def _before(wanted: Sequence[Value], seen: Sequence[Value]) -> list[Value]:
    """What is wanted and was not recorded by these phases, which is what an earlier one made or a rewriting left."""
    known = set(seen)
    found: dict[Value, None] = {}

    def visit(value: Value) -> None:
        if value not in known and value not in found:
            for part in values_in(value.operands):
                visit(part)
            found[value] = None

    for value in wanted:
        visit(value)
    return list(found)


def _uses(order: Sequence[Value], wanted: Sequence[Value]) -> Counter[Value]:
    uses = Counter(part for value in order for part in values_in(value.operands))
    uses.update(wanted)
    return uses


def _bare(value: Value) -> Value:
    """What a constant is the constant of."""
    return value.operands[0] if value.word == "detach" else value


def _within_definitions(order: Sequence[Value]) -> set[Value]:
    """The values that depend on weights that stand for any, and are no updates of them."""
    found: set[Value] = set()
    for value in order:
        starts = value.word == "given_weight" or value.operands[2:3] == (GIVEN_WEIGHTS,)
        depends = any(part in found for part in values_in(value.operands))
        if (starts or depends) and value.word != "simulated_updates":
            found.add(value)
    return found


def _outputs_of_gradients(order: Sequence[Value]) -> set[Value]:
    return {value.operands[0] for value in order if value.word == "gradients"}


def _inner(order: Sequence[Value]) -> dict[Value, Value]:
    """For each value that gradients within a step pass through: the value of these gradients."""
    found: dict[Value, Value] = {}
    for value in order:
        if value.word == "gradients":
            output, inputs, _ = value.operands
            leaves = set(inputs)
            depends = leaves | {one.operands[0] for one in inputs if one.word == "head"}  # the call that made it
            for other in order:
                if other.word != "detach" and any(part in depends for part in values_in(other.operands)):
                    depends.add(other)
            for other in reached([output]) & depends - leaves:
                found.setdefault(other, value)
    return found
