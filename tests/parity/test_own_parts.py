"""What a user overrides or adds moves alike on every backend, or is refused in a line: rules, layers, objectives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pytest

import test_optimizers as rules
from gan_core import randomness
from gan_core.contract.backend import Backend
from gan_core.contract.composed import Arrays, Weights, compose_layer
from gan_core.data.dataset import Batches
from gan_core.errors import GanError, SpecError, TrainingError
from gan_core.experiments.files import with_changes
from gan_core.objectives.base import Objective
from gan_core.objectives.context import Outcome, UpdateContext
from gan_core.objectives.draws import Domain, Draw, DrawSource, RealSamples
from gan_core.operations.ops import Array, Ops
from gan_core.plans.layer_plans import LayerPlan, Shape, Shapes, WeightPlan
from gan_core.plans.plans import plan_network
from gan_core.plans.shape_rules import plan_layer
from gan_core.presets import preset
from gan_core.presets.loading import read_changes
from gan_core.specs import layers as L
from gan_core.specs.initializers import Normal
from gan_core.specs.optimizers import Adam, Sgd
from gan_core.specs.spec import Variant
from gan_core.testing import complex_step
from gan_core.testing.numpy_ops import NumpyOps
from gan_core.testing.subjects import of_layers
from gan_core.training.trainer import Trainer
from tolerances import assert_close


class _DecayedAdam(Adam, frozen=True, kw_only=True):
    """Adam after a share of each weight was taken off: a new field and another `update`."""

    decay: float

    def update(self, ops: Any, weight: Any, gradient: Any, slots: Any, settings: Any) -> Any:
        return super().update(ops, weight * (1 - self.decay), gradient, slots, settings)


class _HurriedAdam(Adam, frozen=True, kw_only=True):
    """Other `settings`, by whole numbers too, and nothing else."""

    def settings(self, updates: int) -> dict[str, float]:
        return super().settings(updates) | {"first_correction": 1}


class _RowSgd(Sgd, frozen=True, kw_only=True):
    """Each output's gradient at length 1: a rule that sees which axis is which. It keeps each output's own size."""

    slots = ("length",)

    def update(self, ops: Any, weight: Any, gradient: Any, slots: Any, settings: Any) -> Any:
        rows = ops.reshape(gradient, (gradient.shape[0], -1))
        length = ops.sqrt(ops.reshape(ops.sum(rows * rows, (1,)), (gradient.shape[0], 1)) + 1e-12)
        step = ops.reshape(rows / length, tuple(gradient.shape))
        wide = ops.reshape(rows * 0.0 + length, tuple(gradient.shape))
        return weight - step * settings["learning_rate"], {"length": wide}


class _BadSgd(Sgd, frozen=True, kw_only=True):
    """Returns what `fault` names wrongly."""

    fault: str

    def update(self, ops: Any, weight: Any, gradient: Any, slots: Any, settings: Any) -> Any:
        new, after = super().update(ops, weight, gradient, slots, settings)
        return (ops.sum(new, (0,)), after) if self.fault == "shape" else (new, {"speed": after["velocity"]})


OWN_RULES = {
    "decayed": _DecayedAdam(learning_rate=1e-3, decay=0.1),
    "hurried": _HurriedAdam(learning_rate=1e-3),
    "rows": _RowSgd(learning_rate=1e-2),
}


@pytest.mark.parametrize("name", OWN_RULES)
def test_a_users_own_rule_is_followed(backend64: Backend, name: str) -> None:
    """20 updates of weights in every layout agree with the rule on NumPy, state included."""
    rule = OWN_RULES[name]
    native = rules.Native(backend64, rule, rules.start())
    for number in range(rules.UPDATES):
        native.carrier.load(rules.gradients(number) | {key: native.network.read()[key] for key in rules.PLAN.buffers})
        native.run({f"settings.{key}": float(value) for key, value in rule.settings(number).items()})
    weights, slots = rules.reference(rule, rules.UPDATES)
    for key, value in weights.items():
        assert_close(native.network.read()[key], value, "optimizer", key)
    for key, value in slots.items():
        assert_close(native.optimizer.read()[key], value, "optimizer", key)


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        (
            "shape",
            r"optimizer '_bad_sgd': update returned an array \[.*\] of float64 as the new weight of 'net.*expected",
        ),
        ("slots", r"optimizer '_bad_sgd': update returned the slots speed; expected velocity"),
    ],
)
def test_a_rule_that_returns_something_else_is_refused(backend64: Backend, fault: str, line: str) -> None:
    native = rules.Native(backend64, _BadSgd(learning_rate=0.1, fault=fault), rules.start())
    with pytest.raises(SpecError, match=line):
        native.update(0)


class _Twice(L.Dense, frozen=True, kw_only=True):
    """A dense layer whose weight counts twice: a subclass of a layer that has a kernel."""


class _Odd(L.LayerSpec, frozen=True, kw_only=True):
    """Gives what `fault` says in place of its input."""

    fault: str


@plan_layer.register
def _plan_odd(layer: _Odd, shapes: Shapes) -> LayerPlan:
    weight = WeightPlan(shape=(2, 3), initializer=Normal(), fan_in=1, fan_out=1)
    return LayerPlan(output_shape=shapes[0], weights={"weight": weight})


FAULTS = {
    "narrower": r"gives an array \[8, 5, 8\] of float64; planned was an array \[8, 8, 8\]",
    "joined": r"gives an array \[1, 1, 1\] of float64; planned was an array \[8, 8, 8\]",
    "integers": r"gives an array \[8, 8, 8\] of int64; planned was an array \[8, 8, 8\] of float64",
    "pair": "gives a value of the type tuple; planned",
    "nothing": "gives None; planned",
}


@compose_layer.register
def _odd(layer: _Odd, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    (x,) = inputs
    given: dict[str, Callable[[], Any]] = {
        "narrower": lambda: x[:, :5],
        "joined": lambda: ops.reshape(ops.mean(x), (1, 1, 1)),
        "integers": lambda: ops.constant(np.zeros(tuple(x.shape), np.int64)),
        "pair": lambda: (x, x),
        "nothing": lambda: None,
    }
    return given[layer.fault]()


def trainer(backend: Backend, *changes: str, **parts: Any) -> Trainer:
    made = with_changes(
        preset("digits-mlp"), read_changes(["training.dtype=float64", "training.batch_size=4", *changes])
    )
    made = msgspec.structs.replace(made, **parts)
    return Trainer(made, backend, made.data.load(None))


def one_line_of(run: Callable[[], object]) -> str:
    with pytest.raises(GanError) as caught:
        run()
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_layer_whose_output_is_not_as_planned_is_refused_at_the_first_update(backend64: Backend, fault: str) -> None:
    networks = preset("digits-mlp").networks
    first, *others = networks["discriminator"].layers
    layers = (L.Reshape(shape=(8, 8)), _Odd(name="own", fault=fault), L.Reshape(shape=(1, 8, 8)), first, *others)
    changed = networks | {"discriminator": msgspec.structs.replace(networks["discriminator"], layers=layers)}
    one = trainer(backend64, networks=changed)

    line = one_line_of(one.run_step)

    assert line.startswith("phase 'discriminator': network 'discriminator', layer 'own': its definition gives")
    with pytest.raises(SpecError, match=FAULTS[fault]):
        raise SpecError(line)


def test_a_subclass_of_a_layer_never_runs_by_the_kernel_of_its_parent(backend64: Backend) -> None:
    """Without a definition of its own it is refused; with one, that is what runs."""
    plan = plan_network("net", of_layers(_Twice(units=2, name="own"), shape=(3,)))
    values = {"own.weight": np.arange(6.0).reshape(2, 3), "own.bias": np.array([1.0, -1.0])}
    assert "no kernel and no definition" in one_line_of(lambda: backend64.build_network(plan, values))

    def doubled(layer: Any, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
        turned = ops.matmul(inputs[0], ops.constant(np.eye(3)))
        columns = [ops.sum(turned * weights["weight"][row : row + 1] * 2.0, (1,)) for row in range(2)]
        joined = ops.concat([ops.reshape(column, (-1, 1)) for column in columns], 1)
        return joined + ops.reshape(weights["bias"], (1, 2))

    compose_layer.register(_Twice, doubled)
    network = backend64.build_network(plan, values)
    call = rules_call()
    x = np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 4.0]])
    found = backend64.compile(lambda given: {"y": network({"x": given["x"]}, call)}, [plan])({"x": x})["y"]
    assert_close(backend64.to_numpy(found), 2 * x @ values["own.weight"].T + values["own.bias"], "value")


def rules_call() -> Any:
    from gan_core.contract.backend import Call

    return Call(training=True, weights=None, random=None)


class _OddObjective(Variant, Objective, frozen=True, kw_only=True):
    """The discriminator's mean on real samples, or what `fault` makes of it."""

    fault: str = ""

    def check_plans(self, plans: Any) -> None:
        pass

    def draws(self, plans: Any) -> dict[str, Any]:
        return {"real": RealSamples()}

    def variables(self, plans: Any) -> dict[str, np.ndarray]:
        return {"level": np.zeros(3)}

    def evaluate(self, context: UpdateContext) -> Outcome:
        ops, real = context.ops, context.draws["real"]
        if self.fault == "small input":
            real = real[:, :, :4]
        logits = context.run("discriminator", {} if self.fault == "no input" else {"sample": real})
        loss = ops.mean(logits)
        outcomes: dict[str, Any] = {
            "loss": lambda: Outcome(loss=logits),
            "number": lambda: Outcome(loss=1.0),
            "scalar": lambda: Outcome(loss=loss, scalars={"logits": logits}),
            "variable": lambda: Outcome(loss=loss, variables={"level": loss}),
            "unknown": lambda: Outcome(loss=loss, variables={"levle": loss}),
            "bare": lambda: loss,
            "own error": lambda: {}["missing"],
            "framework": lambda: ops.matmul(logits, logits),
        }
        plain = Outcome(
            loss=loss, scalars={"loss": loss, "weight": 2.5}, variables={"level": context.variables["level"] + 1}
        )
        return outcomes.get(self.fault, lambda: plain)()


ODD_OBJECTIVES = {
    "loss": r"phase 'd': the loss is an array \[4, 1\] of float64; expected a scalar, an array \[\] of float64",
    "number": r"phase 'd': the loss is a value of the type float; expected a scalar",
    "scalar": r"phase 'd': the scalar 'logits' is an array \[4, 1\] of float64; expected an array \[\]",
    "variable": r"phase 'd': the new 'level' is an array \[\] of float64; expected an array \[3\] of float64",
    "unknown": r"phase 'd': unknown variable 'levle'; did you mean 'level'\?",
    "bare": r"phase 'd': evaluate returned an array \[\] of float64; expected an Outcome",
    "small input": r"phase 'd': network 'discriminator' was called with an array \[4, 1, 4, 8\] of float64 "
    r"as 'sample'; planned was \[N, 1, 8, 8\]",
    "no input": r"phase 'd': network 'discriminator' reads 'sample', but was called with nothing",
    "own error": r"phase 'd' failed in the first update: KeyError: 'missing'; GAN_DEBUG=1 shows where",
    "framework": r"phase 'd' failed in the first update: \w+: .+; GAN_DEBUG=1 shows where",
}


def with_objective(backend: Backend, fault: str) -> Trainer:
    phases = [msgspec.structs.replace(preset("digits-mlp").phases[0], name="d", objective=_OddObjective(fault=fault))]
    return trainer(backend, phases=tuple(phases))


@pytest.mark.parametrize("fault", ODD_OBJECTIVES)
def test_an_objective_that_gives_something_else_is_told_at_the_first_update(backend64: Backend, fault: str) -> None:
    with pytest.raises((SpecError, TrainingError), match=ODD_OBJECTIVES[fault]) as caught:
        with_objective(backend64, fault).run_step()
    assert "\n" not in str(caught.value)


def test_a_plain_number_can_be_logged_and_a_variable_moves(backend64: Backend) -> None:
    one = with_objective(backend64, "")
    for _ in range(2):
        scalars = one.run_step()

    assert float(backend64.to_numpy(scalars["d/weight"])) == 2.5
    np.testing.assert_array_equal(one.state().variables["d/level"], [2, 2, 2])


# draws of one's own


@dataclass(frozen=True)
class Shaken(Draw):
    """A batch of real samples and a normal number that is added to all of them."""

    takes_a_batch = True

    def shape(self, batch_size: int, domains: Mapping[Domain, Shape]) -> Shape:
        return (batch_size, *domains["first"])

    def drawn(self, source: DrawSource) -> np.ndarray:
        return source.batches["first"].samples(source.batch_number) + source.generator.normal()


class _ShakenObjective(_OddObjective, frozen=True, kw_only=True):
    """The discriminator's mean on such a batch; what it was fed is logged."""

    def draws(self, plans: Any) -> dict[str, Draw]:
        return {"shaken": Shaken()}

    def variables(self, plans: Any) -> dict[str, np.ndarray]:
        return {}

    def evaluate(self, context: UpdateContext) -> Outcome:
        ops, shaken = context.ops, context.draws["shaken"]
        loss = ops.mean(context.run("discriminator", {"sample": shaken}))
        return Outcome(loss=loss, scalars={"loss": loss, "mean": ops.mean(shaken)})


def test_a_users_draw_feeds_a_users_objective(backend64: Backend) -> None:
    """Each step has the next batch, and the number of the stream that is named for phase and draw."""
    phases = [msgspec.structs.replace(preset("digits-mlp").phases[0], name="d", objective=_ShakenObjective())]
    one = trainer(backend64, phases=tuple(phases))
    training = one.experiment.training
    batches = Batches(one.dataset, training.batch_size, training.seed, training.order, training.dtype)

    for step in range(3):
        mean = float(backend64.to_numpy(one.run_step()["d/mean"]))
        number = randomness.stream(training.seed, "d/shaken", step).normal()
        assert mean == pytest.approx((batches.samples(step) + number).mean(), rel=1e-12)


# weights in canonical layout


CANONICAL = rules.PLAN


def regulariser(ops: Ops, weights: Mapping[str, Array]) -> Array:
    """Σ over outputs c of c · ‖row c‖, and ‖W Wᵀ − 1‖² of the dense weight: both see which axis is which."""
    total = 0.0
    for name in ("conv_1.weight", "conv_transpose_1.weight", "dense_1.weight"):
        weight = weights[name]
        rows = ops.reshape(weight, (weight.shape[0], -1))
        lengths = ops.sqrt(ops.sum(rows * rows, (1,)) + 1e-12)
        total = total + ops.sum(lengths * ops.constant(np.arange(1.0, weight.shape[0] + 1)), (0,))
    dense = weights["dense_1.weight"]
    for row in range(dense.shape[0]):
        products = ops.sum(dense * dense[row : row + 1], (1,)) - ops.constant(np.eye(dense.shape[0])[row])
        total = total + ops.sum(products * products, (0,))
    return total


def test_a_regulariser_on_canonical_weights_and_its_gradient_are_the_same_everywhere(backend64: Backend) -> None:
    values = rules.start()
    network, carrier = (backend64.build_network(CANONICAL, values) for _ in range(2))

    def step(given: Mapping[str, Any]) -> dict[str, Array]:
        context = UpdateContext(ops=backend64.ops, networks={"net": network}, draws=given, optimizers={}, mask_key=None)
        value = regulariser(backend64.ops, context.weights("net"))
        native = context.native_weights("net")
        slopes = backend64.ops.gradients(value, list(native.values()), differentiable=False)
        carrier.assign(dict(zip(native, slopes, strict=True)))
        return {"value": value}

    value = float(backend64.to_numpy(backend64.compile(step, [CANONICAL])({"x": np.zeros(1)})["value"]))
    ops = NumpyOps()
    assert_close(np.array(value), np.array(regulariser(ops, values)), "value")
    own = {name: values[name] for name in CANONICAL.weights}
    for name, slope in complex_step.gradients(lambda arrays: regulariser(ops, arrays), own).items():
        assert_close(carrier.read()[name], slope, "gradient", name)


def test_canonical_weights_go_back_to_native_ones(backend64: Backend) -> None:
    """What was turned and turned back is what `run` takes: the same bits."""
    network = backend64.build_network(CANONICAL, rules.start())
    other = backend64.build_network(CANONICAL, {key: value * 0 for key, value in rules.start().items()})

    def copied(given: Mapping[str, Any]) -> dict[str, Array]:
        other.assign(backend64.ops.detached(lambda: network.to_native(network.to_canonical(network.weights()))))
        return {"x": given["x"] * 1.0}

    backend64.compile(copied, [CANONICAL])({"x": np.zeros(1)})
    for name in CANONICAL.weights:
        np.testing.assert_array_equal(other.read()[name], rules.start()[name])
