"""What the phases of an experiment minimise, in words: the formulas with their papers, as the docstrings have them."""

import inspect

from gan_core.experiments.experiment import Experiment
from gan_core.objectives.losses import LOSSES


def short(value: float | None) -> str:
    """Return a number to three digits, "∞" for None.

    >>> short(1.3862943), short(2.5e-16), short(None)
    ('1.39', '2.5e-16', '∞')
    """
    if value is None:
        return "∞"
    return f"{value:.3g}".replace("e-0", "e-").replace("e+0", "e+")


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
