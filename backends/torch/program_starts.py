"""What PyTorch starts from in a program: the first weights of layers, and optimizers."""

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
    return {
        _NAMES.get((type(node.layer), name), name): text
        for name, weight in node.plan.weights.items()
        if (text := _start(node, name, weight.initializer, weight.fan_in))
    }


def _start(node: Node, weight: str, rule: I.Initializer, fan_in: int) -> str:
    """The statement that sets a weight first, {0}; "" where the framework's own default does."""
    layer = node.layer
    if started_by_itself(node, weight, rule):
        return ""
    if isinstance(rule, I.FanInUniform):
        if isinstance(layer, L.Dense | L.Conv):
            return ""
        limit = fan_in**-0.5
        return f"nn.init.uniform_({{0}}, {-limit:.6g}, {limit:.6g})"
    return "" if _OWN_STARTS.get((type(layer), weight)) == rule else _initializer(rule)


_NAMES: dict[tuple[type, str], str] = {
    (kind, f"{place}_{key}"): f"{key}_{short}_l0"
    for kind in (L.GRU, L.LSTM)
    for place, short in (("input", "ih"), ("hidden", "hh"))
    for key in ("weight", "bias")
}
_NORMS = (L.BatchNorm, L.LayerNorm, L.InstanceNorm, L.GroupNorm)
_OWN_STARTS: dict[tuple[type, str], I.Initializer] = {
    **{(norm, "weight"): I.Ones() for norm in _NORMS},
    **{(norm, "bias"): I.Zeros() for norm in _NORMS},
    (L.Embedding, "weight"): I.Normal(standard_deviation=1.0),
    (L.MinibatchDiscrimination, "weight"): I.Normal(standard_deviation=1.0),
    (L.PReLU, "weight"): I.Normal(mean=0.25, standard_deviation=0.0),
    (L.Gain, "weight"): I.Zeros(),
}


def _initializer(rule: I.Initializer) -> str:
    texts: dict[type[I.Initializer], Callable[[Any], str]] = {
        I.Zeros: lambda r: "nn.init.zeros_({0})",
        I.Ones: lambda r: "nn.init.ones_({0})",
        I.Normal: lambda r: f"nn.init.normal_({{0}}, {r.mean}, {r.standard_deviation})",
        I.Uniform: lambda r: f"nn.init.uniform_({{0}}, {-r.limit}, {r.limit})",
        I.GlorotUniform: lambda r: "nn.init.xavier_uniform_({0})",
        I.GlorotNormal: lambda r: "nn.init.xavier_normal_({0})",
        I.KaimingUniform: lambda r: f"nn.init.kaiming_uniform_({{0}}, a={r.slope})",
        I.KaimingNormal: lambda r: f"nn.init.kaiming_normal_({{0}}, a={r.slope})",
        I.Orthogonal: lambda r: f"nn.init.orthogonal_({{0}}, {r.gain})",
    }
    if type(rule) not in texts:
        raise BackendError(
            f"initializer '{variant_name(type(rule).__name__)}': PyTorch's programs have no words for it"
        )
    return texts[type(rule)](rule)


def rule_text(rule: Optimizer, weights: str) -> str:
    """Return the expression of an optimizer. Raises `BackendError` for one that has no words."""
    if type(rule) is Adam:
        more = "" if (rule.beta1, rule.beta2) == (0.9, 0.999) else f", betas=({rule.beta1}, {rule.beta2})"
        more += "" if rule.epsilon == 1e-8 else f", eps={rule.epsilon}"
        return f"torch.optim.Adam({weights}, lr={rule.learning_rate}{more})"
    if type(rule) is RmsProp:
        more = "" if rule.decay == 0.99 else f", alpha={rule.decay}"
        more += "" if rule.epsilon == 1e-8 else f", eps={rule.epsilon}"
        return f"torch.optim.RMSprop({weights}, lr={rule.learning_rate}{more})"
    if type(rule) is Sgd:
        more = f", momentum={rule.momentum}" if rule.momentum else ""
        return f"torch.optim.SGD({weights}, lr={rule.learning_rate}{more})"
    kind = variant_name(type(rule).__name__)
    raise BackendError(f"optimizer '{kind}': PyTorch's programs have no words for it")
