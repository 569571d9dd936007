"""Unrolling differentiates through the simulated updates of the discriminator."""

import numpy as np
import pytest

from gan_core.experiments.files import with_changes
from gan_core.experiments.initial_values import all_initial_values
from gan_core.objectives import UnrolledGenerator
from gan_core.objectives.context import UpdateContext
from gan_core.presets import preset
from gan_core.presets.loading import read_changes
from gan_core.training.models import build_models

TINY = [f"networks.{name}.layers.{index}.units=5" for name in ("generator", "discriminator") for index in (0, 2, 4)]
SMOOTH = [
    f'networks.{name}.layers.{index}={{type="tanh"}}' for name in ("generator", "discriminator") for index in (1, 3, 5)
]


class Game:
    """A tiny smooth game on points, and the generator's unrolled loss and gradient as functions of its weights."""

    def __init__(self, backend, unroll: int) -> None:
        self.backend, self.unroll = backend, unroll
        self.made = with_changes(
            preset("mixture-8"), read_changes(["training.dtype=float64", "training.batch_size=6", *TINY, *SMOOTH])
        )
        self.initial = all_initial_values(self.made)
        random = np.random.default_rng(3)
        self.draws = {"generator.z": random.standard_normal((6, 2)), "real": random.standard_normal((6, 2))}

        self.models = build_models(self.made, backend, self.initial)
        optimizers = {name: player.optimizer for name, player in self.made.players.items()}
        self.floats = UnrolledGenerator(unroll=unroll).floats(optimizers, dict.fromkeys(optimizers, 0))
        self.runs = {through: self.compiled(through) for through in (True, False)}

    def compiled(self, through: bool):
        """The loss and its gradient; not `through` the updates if their gradients are to be constants."""
        ops = self.models.ops if through else Cut(self.models.ops)

        def unit(given):
            context = UpdateContext(
                ops=ops, networks=self.models.networks, draws=given, optimizers=self.models.optimizers, mask_key=None
            )
            loss = UnrolledGenerator(unroll=self.unroll).evaluate(context).loss
            weights = list(self.models.networks["generator"].weights().values())
            found = self.models.ops.gradients(loss, weights, differentiable=False)
            return {"loss": loss} | {f"gradient {index}": value for index, value in enumerate(found)}

        return self.backend.compile(unit, list(self.made.plans.values()))

    def evaluate(self, initial, through: bool = True) -> tuple[float, list[np.ndarray]]:
        self.models.networks["generator"].load(initial["generator"])
        result = self.runs[through](self.draws | self.floats)
        values = {name: np.array(self.backend.to_numpy(value)) for name, value in result.items()}
        return float(values.pop("loss")), list(values.values())


class Cut:
    """Operations whose inner gradients are constants: the version that does not unroll."""

    def __init__(self, ops) -> None:
        self.ops = ops

    def __getattr__(self, name):
        return getattr(self.ops, name)

    def gradients(self, output, inputs, *, differentiable):
        return [
            self.ops.detached(lambda g=g: g * 1.0)
            for g in self.ops.gradients(output, inputs, differentiable=differentiable)
        ]


@pytest.mark.parametrize("unroll", [1, 5])
def test_the_gradient_is_that_of_the_loss_after_the_updates(backend64, unroll):
    """Against central differences of the whole: generate, k updates of the discriminator, judge."""
    game = Game(backend64, unroll)
    name, step = "dense_4.weight", 1e-5
    _, gradients = game.evaluate(game.initial)
    position = list(game.made.plans["generator"].weights).index(name)
    bias = list(game.made.plans["generator"].weights).index("dense_4.bias")

    def moved(key: str, index, by: float) -> float:
        changed = {net: {k: v.copy() for k, v in values.items()} for net, values in game.initial.items()}
        changed["generator"][key][index] += by
        return game.evaluate(changed)[0]

    for index in ((0,), (1,)):
        expected = (moved("dense_4.bias", index, step) - moved("dense_4.bias", index, -step)) / (2 * step)
        assert gradients[bias][index] == pytest.approx(expected, rel=1e-5, abs=1e-9)
    assert np.abs(gradients[position]).max() > 0


def test_stopping_the_gradient_gives_another_one(backend64):
    """The best-known port stops it: equal loss, different gradient, so it does not unroll."""
    game = Game(backend64, 5)

    loss, gradients = game.evaluate(game.initial)
    stopped_loss, stopped = game.evaluate(game.initial, through=False)

    assert stopped_loss == pytest.approx(loss, rel=1e-12)
    assert max(np.abs(a - b).max() for a, b in zip(gradients, stopped, strict=True)) > 1e-6
