"""Truncation: styles drawn nearer to their mean, so that samples are more alike and fewer of them are odd.

Karras et al. 2019 (arXiv:1812.04948, appendix B): w' = w̄ + ψ (w − w̄). Each convolution gets its style by a dense
layer of w', and A w' + b = (ψ A) w + (b + (1 − ψ) A w̄): so it is enough to change those layers' weights.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from gan_core import randomness
from gan_core.contract.backend import Call
from gan_core.errors import UsageError
from gan_core.experiments.experiment import Experiment
from gan_core.operations.ops import Array
from gan_core.plans.plans import Node, Plan
from gan_core.specs.layers import Dense, Slice
from gan_core.specs.style_layers import StyleMixing
from gan_core.training.sampler import Sampler

MAPPED = 10_000  # latents whose mean is w̄, as in the paper's code
CHUNK = 1_000  # of them are mapped at once


def with_truncated_styles(sampler: Sampler, share: float | None) -> Sampler:
    """Return a sampler whose networks have truncated styles; share: ψ, None or 1 for styles as they are.

    The networks themselves are changed. Raises `UsageError` for a share beyond 0 … 1, and for networks without styles.
    """
    if share is None:
        return sampler
    for name, mixing in check_styles(sampler.experiment, share).items():
        plan = sampler.experiment.plans[name]
        affine = _affine(plan, mixing, share)
        values = sampler.networks[name].read()
        mean = mean_style(sampler, plan, mixing, values)
        sampler.networks[name].load(values | _nearer(affine, values, mean, share))
    return sampler


def check_styles(experiment: Experiment, share: float | None) -> dict[str, Node]:
    """Return the layer of styles of each sampling network, by its name.

    Raises `UsageError` for a share beyond 0 … 1, and for networks without styles. share: as in `with_truncated_styles`.
    """
    if share is not None and not 0 <= share <= 1:
        raise UsageError(f"truncation={share:g}: expected a number from 0, the mean of all styles, to 1, none")
    found = {}
    for name in experiment.sampled:
        nodes = experiment.plans[name].nodes
        mixing = next((node for node in nodes if isinstance(node.layer, StyleMixing)), None)
        if mixing is None:
            asked = "truncation" if share is None else f"truncation={share:g}"
            raise UsageError(
                f"{asked}: the network '{name}' has no styles, a layer style_mixing; normal latents "
                "have a bound of their own, latent_truncation"
            )
        found[name] = mixing
    return found


def mean_style(sampler: Sampler, plan: Plan, mixing: Node, values: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the mean style w̄ [F] over mapped latents, float64.

    mixing: the layer of styles of a generator. values: the generator's weights and buffers.
    """
    layers = plan.nodes[: plan.nodes.index(mixing) + 1]
    mapping = replace(plan, nodes=layers, heads=())
    backend = sampler.backend
    specs = {name: plan.inputs[name] for node in layers for name in node.inputs if name in plan.inputs}
    network = backend.build_network(mapping, {name: values[name] for name in (*mapping.weights, *mapping.buffers)})
    call = Call(training=False, weights=None, random=None)

    def mapped(inputs: Mapping[str, Any]) -> dict[str, Array]:
        return network.outputs(inputs, call)

    unit, total = backend.compile(mapped, [mapping]), np.zeros(mixing.input_shapes[0][0])
    streams = {
        name: randomness.stream(sampler.experiment.training.seed, f"truncation/{plan.name}/{name}") for name in specs
    }
    if read := [name for name, spec in specs.items() if spec.kind == "data"]:
        raise UsageError(f"the mean style is that of drawn latents; the network '{plan.name}' maps data, '{read[0]}'")
    for _ in range(MAPPED // CHUNK):
        inputs = {
            name: randomness.labels(streams[name], spec.classes or 1, CHUNK)
            if spec.kind == "label"
            else randomness.latents(streams[name], spec, CHUNK).astype(sampler.dtype)
            for name, spec in specs.items()
        }
        styles = backend.to_numpy(unit(inputs)[mixing.name])
        total += styles[:, : len(total)].sum(axis=0, dtype=np.float64)
    return total / MAPPED


def _affine(plan: Plan, mixing: Node, share: float) -> list[Node]:
    """The dense layers that read styles. Raises `UsageError` where anything else reads them."""
    slices = [node for node in plan.nodes if mixing.name in node.inputs]
    names = {node.name for node in slices}
    readers = [node for node in plan.nodes if names & set(node.inputs)]
    for node in (*slices, *readers):
        known = isinstance(node.layer, Slice) if node in slices else isinstance(node.layer, Dense) and node.layer.bias
        if not known:
            raise UsageError(
                f"truncation={share:g}: in the network '{plan.name}' the layer '{node.name}' reads styles otherwise "
                "than by a slice and a dense layer with a bias"
            )
    return readers


def _nearer(
    affine: list[Node], values: Mapping[str, np.ndarray], mean: np.ndarray, share: float
) -> dict[str, np.ndarray]:
    """The weights of dense layers that give for w what they gave for w̄ + ψ (w − w̄)."""
    found = {}
    for node in affine:
        weight, bias = (np.asarray(values[f"{node.name}.{key}"], np.float64) for key in ("weight", "bias"))
        ratio = node.plan.factors.get("weight", 1.0) / node.plan.factors.get("bias", 1.0)
        found[f"{node.name}.weight"] = weight * share
        found[f"{node.name}.bias"] = bias + (1 - share) * ratio * (weight @ mean)
    return found
