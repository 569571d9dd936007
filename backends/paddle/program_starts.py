"""What PaddlePaddle starts from in a program: the first weights of layers, and optimizers."""

from collections.abc import Callable
from typing import Any

from gan_core.errors import BackendError
from gan_core.plans.plans import Node
from gan_core.recording.module_styles import started_by_itself
from gan_core.specs import initializers as I
from gan_core.specs import layers as L
from gan_core.specs.optimizers import Adam, Optimizer, RmsProp, Sgd
from gan_core.specs.spec import variant_name


def starts(node: Node) -> dict[str, str]:
    """Return weight → the statement that sets it first, {0}, but for those that are the framework's default."""
    plans = node.plan.weights
    if isinstance(node.layer, _SUMMING) and all(isinstance(one.initializer, I.FanInUniform) for one in plans.values()):
        return {"weight": "start_uniform({layer})"}
    return {
        _NAMES.get((type(node.layer), name), name): text
        for name, weight in plans.items()
        if (text := _start(node, name, weight.initializer, weight.fan_in))
    }


def _start(node: Node, weight: str, rule: I.Initializer, fan_in: int) -> str:
    """The statement that sets a weight first, {0}; "" where the framework's own default does."""
    layer = node.layer
    if started_by_itself(node, weight, rule):
        return ""
    if isinstance(rule, I.FanInUniform):
        limit = fan_in**-0.5
        return f"nn.initializer.Uniform({-limit:.6g}, {limit:.6g})({{0}})"
    return "" if _OWN_STARTS.get((type(layer), weight)) == rule else _initializer(rule)


_SUMMING = (L.Dense, L.Conv, L.ConvTranspose)
_NORMS = (L.BatchNorm, L.LayerNorm, L.InstanceNorm, L.GroupNorm)
_NAMES: dict[tuple[type, str], str] = {(L.InstanceNorm, "weight"): "scale", (L.PReLU, "weight"): "_weight"}
_NAMES |= {
    (kind, f"{place}_{key}"): f"{key}_{short}_l0"
    for kind in (L.GRU, L.LSTM)
    for place, short in (("input", "ih"), ("hidden", "hh"))
    for key in ("weight", "bias")
}
_OWN_STARTS: dict[tuple[type, str], I.Initializer] = {
    **{(norm, "weight"): I.Ones() for norm in _NORMS},
    **{(layer, "bias"): I.Zeros() for layer in (*_NORMS, *_SUMMING)},
    (L.Dense, "weight"): I.GlorotUniform(),
    (L.MinibatchDiscrimination, "weight"): I.Normal(standard_deviation=1.0),
    (L.PReLU, "weight"): I.Normal(mean=0.25, standard_deviation=0.0),
    (L.Gain, "weight"): I.Zeros(),
}


def _initializer(rule: I.Initializer) -> str:
    texts: dict[type[I.Initializer], Callable[[Any], str]] = {
        I.Zeros: lambda r: "Constant(0.0)",
        I.Ones: lambda r: "Constant(1.0)",
        I.Normal: lambda r: f"Normal({r.mean}, {r.standard_deviation})",
        I.Uniform: lambda r: f"Uniform({-r.limit}, {r.limit})",
        I.GlorotUniform: lambda r: "XavierUniform()",
        I.GlorotNormal: lambda r: "XavierNormal()",
        I.KaimingUniform: lambda r: f"KaimingUniform({_slope(r.slope)})",
        I.KaimingNormal: lambda r: f"KaimingNormal({_slope(r.slope)})",
        I.Orthogonal: lambda r: f"Orthogonal({r.gain})",
    }
    if type(rule) not in texts:
        kind = variant_name(type(rule).__name__)
        raise BackendError(f"initializer '{kind}': PaddlePaddle's programs have no words for it")
    return f"nn.initializer.{texts[type(rule)](rule)}({{0}})"


def _slope(slope: float) -> str:
    return f'negative_slope={slope}, nonlinearity="leaky_relu"' if slope else ""


def rule_text(rule: Optimizer, rate: str, weights: str) -> str:
    """Return the expression of an optimizer. Raises `BackendError` for one that has no words."""
    more = _clip(rule)
    if type(rule) is Adam:
        betas = "" if (rule.beta1, rule.beta2) == (0.9, 0.999) else f", beta1={rule.beta1}, beta2={rule.beta2}"
        betas += "" if rule.epsilon == 1e-8 else f", epsilon={rule.epsilon}"
        return f"paddle.optimizer.Adam({rate}{betas}, parameters={weights}{more})"
    if type(rule) is RmsProp:
        more = ("" if rule.decay == 0.99 else f", rho={rule.decay}") + more
        more = ("" if rule.epsilon == 1e-8 else f", epsilon={rule.epsilon}") + more
        return f"RMSProp({rate}, {weights}{more})"
    if type(rule) is Sgd:
        kind = f"Momentum({rate}, momentum={rule.momentum}" if rule.momentum else f"SGD({rate}"
        return f"paddle.optimizer.{kind}, parameters={weights}{more})"
    kind = variant_name(type(rule).__name__)
    raise BackendError(f"optimizer '{kind}': PaddlePaddle's programs have no words for it")


def _clip(rule: Optimizer) -> str:
    """How gradients are clipped, as an argument of an optimizer."""
    if rule.clip_value is not None and rule.clip_norm is not None:
        raise BackendError(
            "an optimizer clips by value and by norm; PaddlePaddle's programs have words for one of them"
        )
    if rule.clip_value is not None:
        return f", grad_clip=nn.ClipGradByValue({rule.clip_value})"
    return f", grad_clip=nn.ClipGradByGlobalNorm({rule.clip_norm})" if rule.clip_norm is not None else ""
