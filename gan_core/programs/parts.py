"""From an experiment to the parts of its program: what each step draws, and when each step function is called."""

from collections.abc import Mapping, Sequence
from functools import singledispatch
from typing import Any

from gan_core.errors import SpecError
from gan_core.experiments.experiment import Experiment, Phase
from gan_core.objectives.attributes import ShuffledField, ShuffledLabels
from gan_core.objectives.conditions import Conditions, MatchingRows
from gan_core.objectives.draws import (
    Draw,
    FieldValues,
    Label,
    LabelsTaken,
    Latent,
    RealLabels,
    RealSamples,
    SecondDomain,
    SecondLabels,
)
from gan_core.objectives.number_draws import Flips, NormalNumbers, UniformNumbers, UniformValues
from gan_core.objectives.pool import PoolDecisions
from gan_core.programs.data_text import data_text
from gan_core.programs.naming import class_name, identifier, kept_variables
from gan_core.programs.step_functions import step_functions
from gan_core.recording.program_parts import Drawn, NetworkPart, PlayerPart, ProgramParts, StepCall
from gan_core.recording.steps import Define, Let, StepFunction
from gan_core.specs.interval import Interval
from gan_core.specs.networks import Input
from gan_core.training.alternation import Alternation
from gan_core.training.timetable import HORIZON

_BATCH: dict[type[Draw], str] = {
    RealSamples: "real",
    RealLabels: "label",
    LabelsTaken: "label",
    SecondDomain: "second",
    SecondLabels: "second_label",
}


def program_parts(experiment: Experiment, notes: Sequence[str], *, brief: bool = False) -> ProgramParts:
    """Return the parts. notes: lines for the docstring, with the paper and what is odd. brief: for a short program.

    Raises `SpecError` for what cannot be written.
    """
    functions = tuple(step_functions(experiment))
    written, averages = data_text(experiment), experiment.averages
    draws = {phase.name: experiment.draws_of(phase) for phase in experiment.phases}
    drawn = {
        (phase, name): drawn_text(draw, experiment) for phase, found in draws.items() for name, draw in found.items()
    }
    sheet, twice = _sheet(experiment), _twice(functions)
    read = [
        one for one in [*drawn.values(), *(given for _, given in sheet["inputs"])] if one.kind in {"batch", "shuffled"}
    ]
    second = [one.name for one in read if one.name.startswith("second")]
    first = [one.name for one in read if not one.name.startswith("second")]
    return ProgramParts(
        name=experiment.name,
        title=experiment.summary or experiment.name,
        notes=tuple(notes),
        networks=tuple(
            NetworkPart(name=identifier(name), class_name=class_name(name), plan=plan, twice=name in twice)
            for name, plan in experiment.plans.items()
            if name not in averages
        ),
        averages={name: average.of for name, average in averages.items()},
        players=_players(experiment),
        functions=functions,
        kept=kept_variables(experiment),
        calls=tuple(_call(experiment, function, drawn) for function in functions),
        batch_size=experiment.training.batch_size,
        steps=experiment.training.steps,
        seed=experiment.training.seed,
        domains=tuple(tuple(dict.fromkeys(names)) for names in (first, second) if names),
        shuffled=experiment.training.order == "shuffled",
        keeps_last=experiment.training.last_batch == "keep",
        sheet=sheet,
        every={
            "log": _every(experiment.logging, "epoch"),
            "sheet": _every(experiment.sampling, "epoch"),
            "checkpoint": _every(experiment.checkpoint, "epoch"),
        },
        data_imports=written.imports,
        data_lines=written.lines,
        data_default=written.default,
        bytes=written.bytes,
        by_categories=_sizes(draws),
        batches_per_step=Alternation(experiment).batches_before(HORIZON) / HORIZON,
        brief=brief,
    )


def _sizes(draws: Mapping[str, Mapping[str, Draw]]) -> tuple[int, ...]:
    """The categories of each column of a table by which rows are drawn, () where they are not."""
    every = (draw for found in draws.values() for draw in found.values())
    return next((draw.sizes for draw in every if isinstance(draw, MatchingRows)), ())


def _twice(functions: Sequence[StepFunction]) -> set[str]:
    """The networks whose gradients at what they read are differentiated again."""
    lets = [one for function in functions for one in function.statements if isinstance(one, Let)]
    calls = [let for let in lets if let.value.word == "call" and let.inner is not None]
    penalised = {let.value.operands[0] for let in calls if let.inner is not None and let.inner.operands[2]}
    defined = [one for function in functions for one in function.statements if isinstance(one, Define)]
    return penalised | {let.value.operands[0] for one in defined for let in one.lets if let.value.word == "call"}


def _players(experiment: Experiment) -> tuple[PlayerPart, ...]:
    moving = {name for phase in experiment.phases for name in phase.players}
    return tuple(
        PlayerPart(
            name=name,
            networks=player.networks,
            optimizer=player.optimizer,
            attribute=f"{identifier(name)}_optimizer",
        )
        for name, player in experiment.players.items()
        if name in moving
    )


@singledispatch
def drawn_text(draw: Draw, experiment: Experiment) -> Drawn:
    """Return how a draw comes about in a program. A user's own joins with `@drawn_text.register`."""
    raise SpecError(
        f"a draw of the kind '{type(draw).__name__}' cannot be written out as a program; use latents, labels, uniform "
        "or normal numbers"
    )


@drawn_text.register(RealSamples)
@drawn_text.register(RealLabels)
@drawn_text.register(LabelsTaken)
@drawn_text.register(SecondDomain)
@drawn_text.register(SecondLabels)
def _of_the_batch(draw: Draw, experiment: Experiment) -> Drawn:
    return Drawn(kind="batch", name=_BATCH[type(draw)])


@drawn_text.register
def _field(draw: FieldValues, experiment: Experiment) -> Drawn:
    return Drawn(kind="batch", name=draw.field)


@drawn_text.register
def _shuffled_labels(draw: ShuffledLabels, experiment: Experiment) -> Drawn:
    return Drawn(kind="shuffled", name="label")


@drawn_text.register
def _shuffled_field(draw: ShuffledField, experiment: Experiment) -> Drawn:
    return Drawn(kind="shuffled", name=draw.field)


@drawn_text.register
def _matching_rows(draw: MatchingRows, experiment: Experiment) -> Drawn:
    return Drawn(kind="batch", name="real")


@drawn_text.register
def _conditions(draw: Conditions, experiment: Experiment) -> Drawn:
    return Drawn(kind="batch", name=draw.purpose.replace("/", "_"))


@drawn_text.register
def _latents(draw: Latent, experiment: Experiment) -> Drawn:
    return _latent(draw.input)


@drawn_text.register
def _labels(draw: Label, experiment: Experiment) -> Drawn:
    return Drawn(kind="labels", classes=draw.classes)


@drawn_text.register
def _uniform_numbers(draw: UniformNumbers, experiment: Experiment) -> Drawn:
    return Drawn(kind="uniform")


@drawn_text.register
def _uniform_values(draw: UniformValues, experiment: Experiment) -> Drawn:
    return Drawn(kind="uniform", each=experiment.sample_shape)


@drawn_text.register
def _normal_numbers(draw: NormalNumbers, experiment: Experiment) -> Drawn:
    return Drawn(kind="normal", each=draw.each)


@drawn_text.register
def _flips(draw: Flips, experiment: Experiment) -> Drawn:
    return Drawn(kind="flips", share=draw.share)


@drawn_text.register
def _pool(draw: PoolDecisions, experiment: Experiment) -> Drawn:
    return Drawn(kind="pool", classes=draw.size)


def _latent(given: Input) -> Drawn:
    if given.distribution == "one_hot":
        return Drawn(kind="one_hot", classes=given.shape[0], each=given.shape)
    low = -1.0 if given.distribution == "uniform" else 0.0
    return Drawn(kind=given.distribution, each=given.shape, low=low)


def _call(experiment: Experiment, function: StepFunction, drawn: Mapping[tuple[str, str], Drawn]) -> StepCall:
    phases = [phase for phase in experiment.phases if phase.name in function.phases]
    first = phases[0]
    if any(one.number for one in function.parameters):
        raise SpecError(
            f"phase '{first.name}': its objective reads numbers that change from update to update, which no program "
            "is written for"
        )
    arguments = tuple(drawn[one.source] for one in function.parameters)
    if any(one.kind == "pool" for one in arguments) and (first.repeats > 1 or _condition(first, experiment)):
        raise SpecError(f"phase '{first.name}': a program's pool of past samples takes one update a step")
    takes = any(draw.takes_a_batch for phase in phases for draw in experiment.draws_of(phase).values())
    own = [phase for phase in phases if any(draw.takes_a_batch for draw in experiment.draws_of(phase).values())]
    if len([phase for phase in own if phase.batch == "next"]) > 1:
        raise SpecError(
            f"phases {', '.join(phase.name for phase in own)} share samples and each takes a batch of its own; a "
            'program has one batch for them: set batch = "step" of the later ones'
        )
    return StepCall(
        function=function,
        condition=_condition(first, experiment),
        repeats=first.repeats,
        takes="" if not takes else "step" if own[0].batch == "step" else "next",
        arguments=arguments,
    )


def _condition(phase: Phase, experiment: Experiment) -> str:
    """When a phase is due, as an expression of ``number``, the step counted from 0; "" for always."""
    parts = []
    if phase.first_step > 1:
        parts.append(f"number >= {phase.first_step - 1}")
    if phase.last_step is not None:
        parts.append(f"number < {phase.last_step}")
    if phase.every_steps > 1:
        since = "number" if phase.first_step == 1 else f"(number - {phase.first_step - 1})"
        since = "number % epoch" if phase.each_epoch_anew else since
        parts.append(f"{since} % {phase.every_steps} == 0")
    return " and ".join(parts)


def _sheet(experiment: Experiment) -> dict[str, Any]:
    """What is drawn on a sheet: rows, columns, and the networks with what they read."""
    sampling, plan = experiment.sampling, experiment.plans[experiment.sampler_network]
    inputs = []
    for name, given in plan.inputs.items():
        if given.kind == "label":
            inputs.append((name, Drawn(kind="labels", classes=given.classes or 1)))
        elif given.kind == "latent":
            inputs.append((name, _latent(given)))
        else:
            inputs.append((name, Drawn(kind="batch", name=given.field or _domain_of(experiment))))
    return {
        "rows": sampling.rows,
        "columns": sampling.columns,
        "networks": [(name, *experiment.chains[name]) for name in experiment.sampled],
        "inputs": inputs,
        "training": sampling.mode == "training",
        "shape": experiment.sample_shape,
    }


def _domain_of(experiment: Experiment) -> str:
    """Which samples a network translates that is sampled."""
    for phase in experiment.phases:
        for network, translation in phase.objective.translations().items():
            if network == experiment.sampler_network:
                return {"first": "real", "second": "second"}[translation.reads]
    return "real"


def _every(interval: Interval, epoch: str) -> str:
    """How often something is done, in steps, as an expression; epoch: the steps of one, in words or as a number."""
    if interval.every_epochs is not None:
        count = interval.every_epochs
        return epoch if count == 1 else f"{count:g} * {epoch}" if count == int(count) else f"round({count} * {epoch})"
    return str(interval.every_steps or 0)
