"""An experiment in words and numbers: layers, shapes, parameters, phases, and what a step costs."""

import math

from gan_core.experiments.cost import step_multiply_adds, update_multiply_adds
from gan_core.experiments.experiment import Experiment
from gan_core.plans.plans import Plan
from gan_core.specs.spec import to_builtins, variant_name

COMMON_FIELDS = {"type", "name", "inputs", "weight_init", "bias_init", "scale_init"}


def describe(experiment: Experiment) -> str:
    """Return the text of `gan show`."""
    training = experiment.training
    lines = [f"{experiment.name}: {experiment.summary}", ""]
    for name in experiment.networks:
        lines += [*_network(experiment.plans[name]), ""]
    lines.append("players")
    for name, player in experiment.players.items():
        lines.append(f"  {name}: {', '.join(player.networks)}; {_fields(to_builtins(player.optimizer))}")  # type: ignore[arg-type]
    for name, average in experiment.averages.items():
        lines.append(f"  {name}: average of {average.of}, decay {average.decay:g}")
    lines += ["", "a step"]
    for phase in experiment.phases:
        often = f" × {phase.repeats}" if phase.repeats > 1 else ""
        often += f", every {phase.every_steps} steps" if phase.every_steps > 1 else ""
        cost = update_multiply_adds(experiment, phase)
        objective = _fields(to_builtins(phase.objective))  # type: ignore[arg-type]
        counted = "unknown" if cost is None else f"{cost:,}"
        lines.append(f"  {phase.name}{often}: moves {phase.player}; {objective}; {counted} multiply-adds")
    cost_of_step = step_multiply_adds(experiment)
    lines += [
        "",
        f"data: {_fields(to_builtins(experiment.data))}",  # type: ignore[arg-type]
        f"training: {training.steps:,} steps of batch {training.batch_size}, seed {training.seed}, {training.dtype}",
        _cost(cost_of_step, training.steps),
    ]
    return "\n".join(lines)


def _cost(step: float | None, steps: int) -> str:
    if step is None:
        return "a step: unknown multiply-adds, since an objective does what shapes alone do not tell"
    return (
        f"a step: {step:,.0f} multiply-adds of dense layers and convolutions; "
        f"all steps: {2 * step * steps / 1e9:,.0f} GFLOP"
    )


def _network(plan: Plan) -> list[str]:
    inputs = ", ".join(f"{name} {list(given.shape)} ({given.kind})" for name, given in plan.inputs.items())
    lines = [f"{plan.name}: {inputs}"]
    before = (next(iter(plan.inputs)),)
    for node in plan.nodes:
        parameters = sum(math.prod(weight.shape) for weight in node.plan.weights.values())
        kind = variant_name(type(node.layer).__name__)
        settings = _fields({key: v for key, v in to_builtins(node.layer).items() if _worth_showing(key, v)})  # type: ignore[arg-type]
        if node.inputs != before:
            settings = ", ".join(part for part in (f"of {' + '.join(node.inputs)}", settings) if part)
        before = (node.name,)
        shape = "×".join(str(side) for side in node.plan.output_shape)
        shown = kind if node.name.startswith(kind) else f"{node.name} ({kind})"
        lines.append(f"  {shown:<18} {settings:<44} {shape:>12} {parameters:>12,}")
    lines.append(f"  {plan.parameters:,} parameters, {plan.multiply_adds:,} multiply-adds a sample")
    return lines


def _worth_showing(key: str, value: object) -> bool:
    return key not in COMMON_FIELDS and (key, value) != ("spectral_norm", False)


def _fields(plain: dict[str, object]) -> str:
    kind = str(plain.get("type", ""))
    rest = [f"{key} {_shown(value)}" for key, value in plain.items() if key != "type" and value not in ([], "")]
    return f"{kind} ({', '.join(rest)})" if kind and rest else kind or ", ".join(rest)


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return _fields(value)
    if isinstance(value, list):
        items = [_shown(item) for item in value]
        is_shape = all(isinstance(item, int) for item in value)
        return "×".join(items) if is_shape else f"[{', '.join(items)}]"
    return f"{value:g}" if isinstance(value, float) else str(value)
