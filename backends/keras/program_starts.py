"""What Keras starts from in a program: the first weights of layers, and optimizers with their schedules."""

from collections.abc import Callable
from typing import Any

from gan_core.errors import BackendError
from gan_core.plans.layer_plans import WeightPlan
from gan_core.plans.plans import Node
from gan_core.recording.module_layers import arguments
from gan_core.recording.module_styles import started_by_itself
from gan_core.specs import initializers as I
from gan_core.specs import layers as L
from gan_core.specs.optimizers import (
    Adam,
    Constant,
    ExponentialDecay,
    InverseTimeDecay,
    LinearDecay,
    Optimizer,
    RmsProp,
    Sgd,
)
from gan_core.specs.spec import variant_name

_WEIGHTED = (L.Dense, L.Conv, L.ConvTranspose)
_NORMS = (L.BatchNorm, L.LayerNorm, L.InstanceNorm, L.GroupNorm)
_RECURRENT = (L.GRU, L.LSTM)
# layer, weight → Keras's name of its first values, and what they are unless a program says so
_KNOWN: dict[tuple[type, str], tuple[str, I.Initializer | None]] = {
    **{(kind, "weight"): ("kernel_initializer", I.GlorotUniform()) for kind in _WEIGHTED},
    **{(kind, "bias"): ("bias_initializer", I.Zeros()) for kind in _WEIGHTED},
    **{(kind, "weight"): ("gamma_initializer", I.Ones()) for kind in _NORMS},
    **{(kind, "bias"): ("beta_initializer", I.Zeros()) for kind in _NORMS},
    (L.Embedding, "weight"): ("embeddings_initializer", None),
    (L.PReLU, "weight"): ("alpha_initializer", I.Zeros()),
    (L.Gain, "weight"): ("", I.Zeros()),
    **{(kind, "input_weight"): ("kernel_initializer", I.GlorotUniform()) for kind in _RECURRENT},
    **{(kind, "hidden_weight"): ("recurrent_initializer", None) for kind in _RECURRENT},
    **{(kind, bias): ("", I.Zeros()) for kind in _RECURRENT for bias in ("input_bias", "hidden_bias")},
    (L.MinibatchDiscrimination, "weight"): ("", I.Normal(standard_deviation=1.0)),
}


def starts(node: Node) -> list[str]:
    """Return the arguments that say a layer's first weights, but for those that are the framework's default."""
    plans = node.plan.weights
    alike = plans and all(type(plan.initializer) is I.FanInUniform for plan in plans.values())
    if alike and isinstance(node.layer, _WEIGHTED) and "bias" in plans:
        return [f"**fan_in_uniform({plans['weight'].fan_in})"]
    found = []
    for name, plan in plans.items():
        if not isinstance(node.layer, _WEIGHTED) and started_by_itself(node, name, plan.initializer):
            continue
        word, default = _KNOWN.get((type(node.layer), name), (f"{name}_initializer", None))
        if plan.initializer == default:
            continue
        if not word:
            raise BackendError(f"layer '{node.name}': Keras's programs have no words for first weights of this layer")
        found.append(f"{word}={_start(plan, transposed=isinstance(node.layer, L.ConvTranspose))}")
    return found


def _start(plan: WeightPlan, *, transposed: bool) -> str:
    rule, fan_in = plan.initializer, plan.fan_in
    mode = "fan_out" if transposed else "fan_in"  # as Keras counts them, by the axes of its kernels
    texts: dict[type[I.Initializer], Callable[[Any], str]] = {
        I.Zeros: lambda _: '"zeros"',
        I.Ones: lambda _: '"ones"',
        I.Normal: _normal,
        I.Uniform: lambda r: f"initializers.RandomUniform({-r.limit}, {r.limit})",
        I.FanInUniform: lambda _: f"initializers.RandomUniform({-(fan_in**-0.5):.6g}, {fan_in**-0.5:.6g})",
        I.GlorotUniform: lambda _: '"glorot_uniform"',
        I.GlorotNormal: lambda _: 'initializers.VarianceScaling(1.0, "fan_avg", "untruncated_normal")',
        I.KaimingUniform: lambda r: _kaiming(r, "uniform", mode),
        I.KaimingNormal: lambda r: _kaiming(r, "normal", mode),
        I.Orthogonal: lambda r: f"initializers.Orthogonal({r.gain})",
    }
    if type(rule) not in texts:
        kind = variant_name(type(rule).__name__)
        raise BackendError(f"initializer '{kind}': Keras's programs have no words for it")
    return texts[type(rule)](rule)


def _normal(rule: I.Normal) -> str:
    if rule.standard_deviation == 0:
        return f"initializers.Constant({rule.mean})"
    return f"normal_start({rule.mean}, {rule.standard_deviation})"


def _kaiming(rule: I.KaimingUniform | I.KaimingNormal, kind: str, mode: str) -> str:
    given = arguments({"slope": rule.slope, "mode": mode}, {"slope": 0.0, "mode": "fan_in"})
    return f"kaiming_{kind}({given.removeprefix(', ')})"


def rule_text(rule: Optimizer) -> str:
    """Return the expression of an optimizer. Raises `BackendError` for one that has no words."""
    rate = _rate(rule)
    clips = {"clipvalue": rule.clip_value, "global_clipnorm": rule.clip_norm}
    more = arguments(clips, {"clipvalue": None, "global_clipnorm": None})
    if type(rule) is Adam:
        given = {"beta_1": rule.beta1, "beta_2": rule.beta2, "epsilon": rule.epsilon}
        own = arguments(given, {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7})
        return f"CorrectedAdam({rate}{own}{more})"
    if type(rule) is RmsProp:
        own = arguments({"rho": rule.decay, "epsilon": rule.epsilon}, {"rho": 0.9, "epsilon": 1e-7})
        return f"RootRMSprop({rate}{own}{more})"
    if type(rule) is Sgd:
        changes = rule.momentum and not isinstance(rule.schedule, Constant)
        kind = "VelocitySGD" if changes else "optimizers.SGD"
        return f"{kind}({rate}{arguments({'momentum': rule.momentum}, {'momentum': 0.0})}{more})"
    kind = variant_name(type(rule).__name__)
    raise BackendError(f"optimizer '{kind}': Keras's programs have no words for it")


def _rate(rule: Optimizer) -> str:
    """The expression of a learning rate, which may change with the number of updates."""
    first, schedule = rule.learning_rate, rule.schedule
    if isinstance(schedule, Constant):
        return repr(first)
    if isinstance(schedule, LinearDecay):
        return f"LinearDecay({first}, {schedule.start}, {schedule.end})"
    if isinstance(schedule, InverseTimeDecay):
        return f"optimizers.schedules.InverseTimeDecay({first}, 1, {schedule.rate})"
    if isinstance(schedule, ExponentialDecay):
        return f"optimizers.schedules.ExponentialDecay({first}, {schedule.every}, {schedule.rate})"
    word = variant_name(type(schedule).__name__)
    raise BackendError(f"schedule '{word}': Keras's programs have no words for it")
