"""What is kept of a preset beside its settings, and where the presets stand by their names."""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Literal

from gan_core.experiments.experiment import Experiment
from gan_core.specs.registry import Registry

Group = Literal[
    "unconditional",
    "conditional",
    "translation",
    "inference",
    "autoencoding",
    "mode-collapse",
    "semi-supervised",
    "tables",
    "series",
]


@dataclass(frozen=True)
class Preset:
    """A named experiment and where it comes from.

    paper: the first author and the year of its paper. group: what it is for, in a word. stands_for: the tutorial, the
    repository or the part of the paper whose settings it has. recipe_of: of a recipe, the preset that it changes.
    settings: of a recipe, what it changes: parameters and fields by the keys that ``--set`` takes.
    """

    make: Callable[..., Experiment]
    _: KW_ONLY
    paper: str = ""
    group: str = ""
    stands_for: str = ""
    recipe_of: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def origin(self) -> dict[str, str]:
        """What is known of where it comes from, by what that is."""
        facts = {
            "group": self.group,
            "stands for": self.stands_for,
            "paper": self.paper,
            "recipe of": self.recipe_of,
        }
        return {key: fact for key, fact in facts.items() if fact}

    @property
    def paragraphs(self) -> list[str]:
        """What it says of itself, a text a paragraph, without the options of this library's own."""
        text = re.sub(r"\s*\(--[^)]*\)", "", inspect.getdoc(self.make) or "")
        return [" ".join(paragraph.split()) for paragraph in text.split("\n\n") if paragraph]

    @property
    def changed(self) -> str:
        """The last words of the keys that a recipe changes, each once, with commas."""
        return ", ".join(dict.fromkeys(key.rpartition(".")[2] for key in self.settings))

    @property
    def parameters(self) -> set[str]:
        """The names that `make` takes."""
        return set(self.signature)

    @property
    def signature(self) -> Mapping[str, inspect.Parameter]:
        """The parameters of `make`, by name, with their defaults and annotations."""
        return inspect.signature(self.make, eval_str=True).parameters


PRESETS: Registry[Preset] = Registry("preset", Preset)
"""The presets by their names; one of a user's joins as `@PRESETS.register("name")` above a function that makes it."""

RECIPES: Registry[Preset] = Registry("recipe", Preset)
"""Presets with the settings that bring the best samples for the time, by their names (`gan_core.presets.recipes`)."""


def entry_of(name: object) -> Preset | None:
    """Return the preset or the recipe that a word names, or None."""
    return (PRESETS.get(name) or RECIPES.get(name)) if isinstance(name, str) else None
