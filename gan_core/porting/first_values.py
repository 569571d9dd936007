"""By which initializer a layer's values were drawn, as far as the values themselves tell it."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import numpy as np
from scipy import stats

from gan_core.plans.layer_plans import WeightPlan
from gan_core.plans.plans import Plan
from gan_core.specs.initializers import (
    FanInUniform,
    GlorotNormal,
    GlorotUniform,
    Initializer,
    KaimingNormal,
    KaimingUniform,
    Normal,
    Ones,
    Uniform,
    Zeros,
)
from gan_core.specs.networks import Network

LEAST_LIKELY = 1e-4  # of a Kolmogorov–Smirnov test, below which values are not of a distribution
MOST_VALUES = 20_000
FIELDS = {  # a layer's fields with an initializer → the layer's name for the array
    "weight_init": "weight",
    "bias_init": "bias",
    "scale_init": "weight",
    "slope_init": "weight",
}


def with_initializers(network: Network, plan: Plan, values: Mapping[str, np.ndarray]) -> tuple[Network, list[str]]:
    """Return a network whose weights start as these values were drawn, and the arrays of which that cannot be told.

    values: by canonical name, of a module that has not been trained yet.
    """
    layers, unknown = [], []
    for layer, node in zip(network.layers, plan.nodes, strict=True):
        fields: dict[str, Any] = {}
        for field, key in FIELDS.items():
            name = f"{node.name}.{key}"
            if not hasattr(layer, field) or name not in plan.weights:
                continue
            found = initializer_of(plan.weights[name], values[name], getattr(layer, field))
            if found is None:
                unknown.append(name)
            else:
                fields[field] = found
        layers.append(msgspec.structs.replace(layer, **fields))  # type: ignore[type-var]
    return msgspec.structs.replace(network, layers=tuple(layers)), unknown


def initializer_of(plan: WeightPlan, value: np.ndarray, default: Initializer) -> Initializer | None:
    """Return the initializer of which an array may be a draw, the most usual one first, or None.

    A few values tell little: of those every initializer that may have drawn them does, the default first.
    """
    flat = np.asarray(value, np.float64).reshape(-1)
    if not np.any(flat):
        return Zeros()
    if np.all(flat == 1):
        return Ones()
    if flat.size > 1 and np.all(flat == flat[0]):
        return Normal(mean=float(flat[0]), standard_deviation=0.0)
    taken = flat if flat.size <= MOST_VALUES else np.random.default_rng(0).choice(flat, MOST_VALUES, replace=False)
    for candidate in _candidates(plan, flat, default):
        distribution = _distribution(candidate, plan)
        if distribution is not None and stats.kstest(taken, distribution.cdf).pvalue > LEAST_LIKELY:
            return candidate
    return None


def _candidates(plan: WeightPlan, flat: np.ndarray, default: Initializer) -> Iterator[Initializer]:
    yield default
    yield FanInUniform()
    yield Normal(standard_deviation=0.02)
    yield Normal(mean=1.0, standard_deviation=0.02)
    yield from (GlorotUniform(), KaimingNormal(), KaimingUniform(), GlorotNormal())
    yield Normal(standard_deviation=1.0)
    yield Uniform(limit=1 / math.sqrt(plan.fan_out))  # PyTorch's, of a transposed convolution
    yield Uniform(limit=0.05)  # Keras's, of an embedding
    mean, spread = float(f"{flat.mean():.1g}"), float(f"{flat.std():.2g}")
    if spread > 0:
        yield Normal(mean=mean if abs(flat.mean()) > 4 * flat.std() / math.sqrt(flat.size) else 0.0,
                     standard_deviation=spread)  # fmt: skip
    yield Uniform(limit=float(f"{np.abs(flat).max() * (1 + 1 / flat.size):.2g}"))


def _distribution(candidate: Initializer, plan: WeightPlan) -> Any:
    """What an initializer draws from, or None for one that is not told by its values."""
    if isinstance(candidate, Normal):
        return stats.norm(candidate.mean, candidate.standard_deviation) if candidate.standard_deviation else None
    if isinstance(candidate, Uniform):
        return stats.uniform(-candidate.limit, 2 * candidate.limit)
    spreads: dict[type, tuple[str, float]] = {
        FanInUniform: ("uniform", 1 / plan.fan_in),
        GlorotUniform: ("uniform", 6 / (plan.fan_in + plan.fan_out)),
        KaimingUniform: ("uniform", 6 / plan.fan_in),
        GlorotNormal: ("normal", 2 / (plan.fan_in + plan.fan_out)),
        KaimingNormal: ("normal", 2 / plan.fan_in),
    }
    kind, square = spreads.get(type(candidate), ("", 0.0))
    if not kind:
        return None
    spread = math.sqrt(square)
    return stats.uniform(-spread, 2 * spread) if kind == "uniform" else stats.norm(0, spread)
