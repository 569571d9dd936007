"""Multiply-adds of a step against sums worked by hand."""

import msgspec
import pytest

from gan_core.experiments.cost import step_multiply_adds, update_multiply_adds
from gan_core.experiments.describe import describe
from gan_core.experiments.shaped_arrays import Counter, Shaped
from gan_core.objectives import AdversarialGenerator
from gan_core.objectives.context import Outcome
from gan_core.operations.ops import Ops
from gan_core.presets import preset
from gan_core.testing.numpy_ops import NumpyOps

GENERATOR = 100 * 256 + 256 * 512 + 512 * 1024 + 1024 * 784
DISCRIMINATOR = 784 * 512 + 512 * 256 + 256
FIRST_OF_DISCRIMINATOR, FIRST_OF_GENERATOR = 784 * 512, 100 * 256


def test_the_discriminators_update():
    """64 samples made; 128 judged, their gradient at all weights, and at all inputs but the first layer's."""
    made = preset("mnist-mlp")
    by_hand = 64 * GENERATOR + 128 * (3 * DISCRIMINATOR - FIRST_OF_DISCRIMINATOR)

    assert update_multiply_adds(made, made.phases[0]) == by_hand


def test_the_generators_update():
    """The discriminator costs two passes (no gradient at its weights), the generator three but its first input."""
    made = preset("mnist-mlp")
    by_hand = 64 * (2 * DISCRIMINATOR + 3 * GENERATOR - FIRST_OF_GENERATOR)

    assert update_multiply_adds(made, made.phases[1]) == by_hand


def test_a_gradient_penalty_costs_four_more_passes():
    """One forward, one gradient at the input, and the gradient of that: two products for each of its own."""
    plain, penalized = preset("mnist-mlp"), preset("mnist-wgan-gp")
    extra = update_multiply_adds(penalized, penalized.phases[0]) - update_multiply_adds(plain, plain.phases[0])

    assert extra == 4 * 64 * DISCRIMINATOR


def test_a_step_counts_repeats():
    made = preset("mnist-wgan-gp")
    critic, generator = (update_multiply_adds(made, phase) for phase in made.phases)

    assert step_multiply_adds(made) == 5 * critic + generator


def test_the_counter_knows_the_operations_of_the_contract_and_no_others():
    """A misspelt operation is an error here too, not a shape."""
    contract = {name for name in vars(Ops) if not name.startswith("_")} | {"workers"}

    assert {name for name in vars(Counter) if not name.startswith("_")} - {"total"} == contract
    assert {name for name in vars(NumpyOps) if not name.startswith("_")} == contract
    with pytest.raises(AttributeError):
        Counter().softpluss(Shaped((3, 1)))


class Wild(AdversarialGenerator, frozen=True, kw_only=True):
    """The usual loss, after what shapes must bear, or what they cannot."""

    does: str = "nothing"

    def evaluate(self, context):
        outcome = super().evaluate(context)
        ops, loss = context.ops, outcome.loss
        match self.does:
            case "table":
                kept = ops.detached(lambda: {"a": loss, "more": (loss, [loss * 2.0, {"b": loss}])})
                loss = loss + kept["more"][1][1]["b"] * 0.0
            case "power":
                loss = loss * (2.0**loss) * (loss**2)
            case "compare":
                loss = loss + (loss > 0) * 0.0
            case "branch":
                loss = loss * 2.0 if loss > 0 else loss
            case "attribute":
                loss = loss + loss.detach()
            case "misspelt":
                loss = ops.softpluss(loss)
        return Outcome(loss=loss)


def wild(does: str):
    made = preset("digits-mlp")
    return msgspec.structs.replace(
        made, phases=(made.phases[0], msgspec.structs.replace(made.phases[1], objective=Wild(does=does)))
    )


@pytest.mark.parametrize("does", ["nothing", "table", "power", "compare"])
def test_what_arrays_can_do_shapes_can_do(does):
    made = wild(does)

    assert update_multiply_adds(made, made.phases[1]) == update_multiply_adds(
        preset("digits-mlp"), preset("digits-mlp").phases[1]
    )


@pytest.mark.parametrize("does", ["branch", "attribute", "misspelt"])
def test_a_cost_that_cannot_be_counted_is_unknown(does):
    """Of that phase and of the step; the other phase's is known."""
    made = wild(does)

    assert update_multiply_adds(made, made.phases[1]) is None
    assert update_multiply_adds(made, made.phases[0]) == update_multiply_adds(
        preset("digits-mlp"), preset("digits-mlp").phases[0]
    )
    assert step_multiply_adds(made) is None
    assert "; unknown multiply-adds" in describe(made)
    assert "a step: unknown multiply-adds" in describe(made)
