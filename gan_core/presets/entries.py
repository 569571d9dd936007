"""What is kept of a preset beside its settings, and where the presets stand by their names."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Literal

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
    repository or the part of the paper whose settings it has.
    """

    make: Callable[..., Experiment]
    _: KW_ONLY
    paper: str = ""
    group: str = ""
    stands_for: str = ""

    @property
    def origin(self) -> dict[str, str]:
        """What is known of where it comes from, by what that is."""
        facts = {"group": self.group, "stands for": self.stands_for, "paper": self.paper}
        return {key: fact for key, fact in facts.items() if fact}

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
