"""What a lesson says of an experiment in words: its losses, its phases, a change, a number."""

import inspect
import json
import re
from collections.abc import Mapping
from typing import Any

from gan_core.experiments.experiment import Experiment
from gan_core.lessons.words import Words
from gan_core.objectives.losses import LOSSES
from gan_core.presets import PRESETS

MOST_CHANGES = 1


def short(value: float | None) -> str:
    """Return a number to three digits, "∞" for None.

    >>> short(1.3862943), short(2.5e-16), short(None)
    ('1.39', '2.5e-16', '∞')
    """
    if value is None:
        return "∞"
    return f"{value:.3g}".replace("e-0", "e-").replace("e+0", "e+")


def change_in_words(changes: Mapping[str, Any], words: Words) -> str:
    """Return changes as ``KEY=VALUE``: the first, and how many more there are."""
    shown = [f"{key}={_plain(value)}" for key, value in changes.items()]
    text = "; ".join(f"`{one}`" for one in shown[:MOST_CHANGES])
    more = len(shown) - MOST_CHANGES
    return f"{text} {words('ports.and_more', count=more)}" if more > 0 else text


def _plain(value: Any) -> str:
    return short(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False).strip('"')


def losses_in_words(experiment: Experiment) -> dict[str, str]:
    """Return what each phase minimises, by its name: the formula with its paper, as the docstrings have it."""
    found = {}
    for phase in experiment.phases:
        loss = LOSSES.get(getattr(phase.objective, "loss", ""))
        side = "generator" if "generator" in type(phase.objective).__name__.lower() else "discriminator"
        text = inspect.getdoc(getattr(loss, side) if loss else type(phase.objective)) or ""
        parts = [" ".join(text.split("\n\n")[0].split())]
        for penalty in getattr(phase.objective, "penalties", ()):
            first = " ".join((inspect.getdoc(type(penalty)) or "").split("\n\n")[0].split())
            parts.append(f"+ {short(penalty.weight)} · ({first.rstrip('.')})")
        found[phase.name] = " ".join(parts)
    return found


def said_by_preset(source: object) -> list[str]:
    """Return what a preset says of itself, a text a paragraph; nothing for another source."""
    if not isinstance(source, str) or source not in PRESETS:
        return []
    text = inspect.getdoc(PRESETS.find(source).make) or ""
    text = re.sub(r"\s*\(--[^)]*\)", "", text)  # options of this library's own
    return [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]
