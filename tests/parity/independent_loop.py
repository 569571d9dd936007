"""Independent loops: a training of the library beside a loop in plain torch, which has its first weights and its draws.

The loop's networks, losses and updates are written anew in the test, as a script would have them. What is compared are
the losses of each step: one wrong sign, epsilon, order of updates or batch would show at the second step at the latest.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from gan_core.data.dataset import Dataset
from gan_core.presets.loading import load_experiment
from gan_core.training.trainer import Trainer

CLOSE = 1e-12  # of the loss, or of 1: sums of some thousand terms in another order, over five steps
Draws = dict[str, Any]  # the arrays of one update by name, as torch's tensors


class Beside:
    """A training of a preset in float64 on random images, step by step.

    name: of the preset. changes: to it, as ``KEY=VALUE``. images: how many there are, of each domain.
    """

    def __init__(self, backend: Any, name: str, *changes: str, images: int = 40) -> None:
        made = load_experiment(name, ["training.dtype=float64", *changes])
        random = np.random.default_rng(1)
        shape, bounds = (images, *made.sample_shape), getattr(made.data, "value_range", (-1.0, 1.0))
        pixels = [random.integers(0, 256, shape, dtype=np.uint8) for _ in range(2)]
        draws = [draw for phase in made.phases for draw in phase.objective.draws(made.plans).values()]
        told = [spec.classes for plan in made.plans.values() for spec in plan.inputs.values() if spec.kind == "label"]
        classes = told[0] if told else 3
        labels = [random.integers(0, classes, images) for _ in range(2)]
        second = Dataset(name="b", samples=pixels[1], labels=labels[1], classes=classes, value_range=bounds)
        dataset = Dataset(
            name="a",
            samples=pixels[0],
            labels=labels[0],
            classes=classes,
            value_range=bounds,
            fields=_fields(made, images, random),
            second_domain=second if any(draw.domain == "second" for draw in draws) else None,
        )
        self.trainer, self.step = Trainer(made, backend, dataset), 0

    def start(self, network: str, module: Any, without: tuple[str, ...] = ()) -> Any:
        """Give a torch module, in training mode, a network's weights in the order of its parameters; return it.

        without: parameters that the network lacks; they start at 0.
        """
        import torch

        values = self.trainer.state().networks[network]
        weights = iter([values[name] for name in self.trainer.experiment.plans[network].weights])
        module.double().train()
        with torch.no_grad():
            for name, parameter in module.named_parameters():
                given = np.zeros(parameter.shape) if name in without else next(weights)
                assert parameter.shape == given.shape, name
                parameter.copy_(torch.from_numpy(np.array(given)))
        assert next(weights, None) is None, f"{network} has more weights than the module"
        return module

    def updates(self) -> list[tuple[str, Draws]]:
        """Return the updates of the coming step: their phases, with what each draws, and its key of dropout's masks."""
        import torch

        return [
            (
                phase.name,
                {name: torch.as_tensor(np.asarray(array)) for name, array in inputs.draws.items()}
                | ({} if inputs.mask_key is None else {"mask_key": np.asarray(inputs.mask_key)}),
            )
            for phases, each in self.trainer.feeder.inputs_at(self.step)
            for phase, inputs in zip(phases, each, strict=True)
        ]

    def check(self, losses_of: Callable[[list[tuple[str, Draws]]], Mapping[str, Any]], steps: int = 5) -> None:
        """Take steps, and fail where a loss is not that of the loop.

        losses_of: takes the updates of a step and returns phase → loss, of each phase's last update.
        """
        for _ in range(steps):
            updates = self.updates()
            found = self.trainer.run_step()
            self.step += 1
            for phase, loss in losses_of(updates).items():
                wanted, actual = float(loss), float(self.trainer.backend.to_numpy(found[f"{phase}/loss"]))
                assert abs(actual - wanted) <= CLOSE * max(1.0, abs(wanted)), (self.step, phase, actual, wanted)


def _fields(made: Any, images: int, random: np.random.Generator) -> dict[str, np.ndarray]:
    """Random pictures for each field of the data that a network reads, bytes [images, *shape]."""
    specs = [spec for plan in made.plans.values() for spec in plan.inputs.values()]
    shapes = {spec.field: spec.shape for spec in specs if spec.field}
    return {name: random.integers(0, 256, (images, *shape), dtype=np.uint8) for name, shape in shapes.items()}


@pytest.fixture(autouse=True)
def on_torch(name: str) -> None:
    """Skip on other backends; a file of loops imports it."""
    if name != "torch":
        pytest.skip("a loop in torch is compared with torch")


def adam(modules: Sequence[Any], rate: float = 2e-4, betas: tuple = (0.5, 0.999), epsilon: float = 1e-8) -> Any:
    """Return torch's Adam of the parameters of some modules."""
    import torch

    parameters = [parameter for module in modules for parameter in module.parameters()]
    return torch.optim.Adam(parameters, lr=rate, betas=betas, eps=epsilon)


def move(optimizer: Any, loss: Any) -> Any:
    """Move the parameters of an optimizer, and no others, by a loss; return it."""
    optimizer.zero_grad()
    loss.backward(inputs=[weight for group in optimizer.param_groups for weight in group["params"]])
    optimizer.step()
    return loss.detach()
