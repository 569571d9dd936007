"""Recipes: presets with other settings, for the best samples that two cores give in minutes.

A preset is as its paper or tutorial has it, whatever its samples then lack. A recipe says which of its settings to
change for better ones. It is an experiment as any other, ``mnist-mlp-recipe`` beside ``mnist-mlp``, so that `gan diff
mnist-mlp mnist-mlp-recipe` shows what it changes. What recipes reach, and in what time, is measured: `reached`.
"""

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import with_changes
from gan_core.presets.entries import PRESETS, RECIPES

ENDING = "-recipe"


def add_recipe(of: str, text: str, settings: Mapping[str, Any]) -> None:
    """Let a recipe join, under the name of its preset with ``-recipe`` behind it.

    of: the preset. text: what the settings are for, and what else a reader must know. settings: the preset's
    parameters, and fields of the experiment, by the keys that ``--set`` takes; fields are changed in order.
    """
    entry = PRESETS[of]
    name = of + ENDING
    made = _changed(name, entry.make, text, settings)
    RECIPES.add(name, replace(entry, make=made, stands_for="", recipe_of=of, settings=settings))


def _changed(
    name: str, make: Callable[..., Experiment], text: str, settings: Mapping[str, Any]
) -> Callable[..., Experiment]:
    """The function that makes a recipe's experiment; it takes the preset's parameters, with the recipe's defaults."""
    signature = inspect.signature(make, eval_str=True)
    own = {key: value for key, value in settings.items() if key in signature.parameters}
    fields = {key: value for key, value in settings.items() if key not in own}

    @functools.wraps(make)
    def changed(**parameters: Any) -> Experiment:
        made = with_changes(make(**(own | parameters)), fields)
        return msgspec.structs.replace(made, name=name, summary=f"{made.summary}, by a recipe")

    changed.__doc__ = text
    with_defaults = [one.replace(default=own.get(key, one.default)) for key, one in signature.parameters.items()]
    changed.__signature__ = signature.replace(parameters=with_defaults)  # type: ignore[attr-defined]
    return changed


def _averaged(norms: int = 3, decay: float = 0.999) -> dict[str, Any]:
    """Settings for samples of an average of the generator, whose batch norms keep the statistics of some 100 batches.

    norms: how many batch norms the generator has. decay: of the average.
    """
    return {
        **{f"networks.generator.layers.batch_norm_{norm}.running_update_rate": 0.01 for norm in range(1, norms + 1)},
        "averages.average": {"of": "generator", "decay": decay},
        "sampling.network": "average",
    }


add_recipe(
    "mnist-mlp",
    """A penalty where the data lie, larger batches, half the rate, and the average of the generator.

    R1 (Mescheder 2018) keeps the discriminator's slope at real samples small, so that it does not win at once, as the
    preset's does (Goodfellow 2014). Batches of 128 have steadier gradients, and cost a core less than twice those of
    64. Adam's rate is 5e-4 and its beta1 .5 (Radford 2016) in place of 1e-3 and .9. Samples come from the average of
    the generator (Yazici 2019), without the specks that single updates leave; for it, batch norm keeps the statistics
    of some hundred batches, where the preset's are nearly those of the last one.
    """,
    {
        "training.batch_size": 128,
        "training.steps": 468 * 60,
        "players.generator.optimizer.learning_rate": 5e-4,
        "players.generator.optimizer.beta1": 0.5,
        "players.discriminator.optimizer.learning_rate": 5e-4,
        "players.discriminator.optimizer.beta1": 0.5,
        "phases.discriminator.objective.penalties": [{"type": "r1", "weight": 0.5}],
        **_averaged(),
        "sampling.every_epochs": 10,
    },
)


def _falling(steps: int, generator_every: int = 1) -> dict[str, Any]:
    """Settings for learning rates that fall to 0 over the second half of the steps.

    generator_every: steps from one update of the generator to the next; its schedule counts updates.
    """
    updates = {"generator": steps // generator_every, "discriminator": steps}
    return {"training.steps": steps} | {
        f"players.{player}.optimizer.schedule": {"type": "linear_decay", "start": count // 2, "end": count}
        for player, count in updates.items()
    }


add_recipe(
    "mnist-dcgan",
    """An eighth of the channels, a penalty where the data lie, rates that fall to nothing, and the average.

    Digits need few channels: 64-32-16 in the generator have a fiftieth of the multiplications that 512-256-128 have.
    R1 (Mescheder 2018) keeps the discriminator from winning. Adam's rate is 4e-4, twice the preset's, and falls from
    half of the training on, down a line to 0, so that the networks come to rest; a longer training wants a later end of
    both schedules. Samples come from the average of the generator (Yazici 2019), whose batch norm keeps the statistics
    of some hundred batches. The penalty is put on a discriminator with batch norm, as the preset has it, and sees what
    the samples of a batch do to each other, too.
    """,
    {
        "width": 0.125,
        "players.generator.optimizer.learning_rate": 4e-4,
        "players.discriminator.optimizer.learning_rate": 4e-4,
        **_falling(6000),
        **_averaged(),
        "phases.discriminator.objective.penalties": [{"type": "r1", "weight": 0.5}],
        "silenced": ["penalty-across-samples"],
    },
)

add_recipe(
    "mnist-cond-wgan-gp",
    """A quarter of the channels, a critic that starts with bends, rates that fall to nothing, and the average.

    The preset's critic has no biases and starts from N(0, .02). With rates above 1e-4 its slope is soon 1 everywhere,
    as the penalty wants it, and it hardly tells samples apart, as if it were linear. Biases, first weights of Kaiming
    (He 2015) and the penalty drift (Karras 2018), which holds the level of its scores, let it do so from the start. The
    generator moves at every third step, not at every fifth. Adam's rate is 5e-4 and falls from half of the training on,
    down a line to 0; a longer training wants a later end of both schedules, the generator's at a third of the steps.
    Samples come from the average of the generator (Yazici 2019), whose batch norm keeps the statistics of some hundred
    batches.
    """,
    {
        "width": 0.25,
        "players.generator.optimizer.learning_rate": 5e-4,
        "players.discriminator.optimizer.learning_rate": 5e-4,
        **_falling(15_000, generator_every=3),
        **_averaged(decay=0.99),
        "phases.generator.every_steps": 3,
        "phases.discriminator.objective.penalties": [
            {"type": "gradient_penalty", "weight": 10.0},
            {"type": "drift", "weight": 0.001},
        ],
        **{
            f"networks.discriminator.layers.conv_{number}.{key}": value
            for number in (1, 2, 3)
            for key, value in {"weight_init": {"type": "kaiming_normal"}, "bias": True}.items()
        },
    },
)

add_recipe(
    "anime-dcgan-96",
    """A quarter of the channels, an end without a stride, augmentation, rates that fall to nothing, and the average.

    In place of the last kernel of 5 with stride 3 the generator enlarges between pixels and convolves (Odena 2016). The
    discriminator sees each image mirrored or not and moved by up to an eighth of a side (Zhao 2020, Karras 2020);
    augmentation=none is the same training without. Batches of 16; Adam's rate is 2e-4 for the generator and 4e-4 for
    the discriminator (Heusel 2017), and falls from half of the training on, down a line to 0; a longer training wants
    a later end of both schedules. Samples come from the average of the generator (Yazici 2019), whose batch norm keeps
    the statistics of some hundred batches. For a thousand faces: 5,000 steps show each of 1,024 some eighty times.
    """,
    {
        "width": 0.25,
        "augmentation": "flip-translation",
        "last": "resized",
        "training.batch_size": 16,
        "players.discriminator.optimizer.learning_rate": 4e-4,
        **_falling(5000),
        **_averaged(norms=4, decay=0.998),
        "sampling.every_epochs": 5,
        "checkpoint.every_epochs": 5,
    },
)
