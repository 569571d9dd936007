"""What looks wrong in a run: a table of small functions, each of which reads a record and tells what it found.

A warning is a claim about stored numbers: it names the figure behind it. The bounds are far from what healthy trainings
do, since a warning that comes for nothing is soon not read any more.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from gan_core.metrics import entropy_bits
from gan_core.reports.record import RunRecord

LAST_SHARE = 0.25  # of a run's logged lines, over which something must have lasted
FEWEST_LINES = 8  # over which it must have lasted at least, and twice as many in all
ZERO = 1e-4  # of a loss
SURE = 0.99  # of a discriminator: real samples above it, generated ones below 1 minus it
AT_BOUND = 1e-3  # from a bound of k
FEWEST_A_CLASS = 20  # samples that were counted, below which a class may be missing by chance
LOST_BITS = 1.0  # of the entropy of classes: half of the classes
FEW_SAMPLES = 500


@dataclass(frozen=True, kw_only=True)
class Sign:
    """Something that looks wrong. name: of its words. figures: what the words have places for."""

    name: str
    figures: Mapping[str, str | int] = field(default_factory=dict)


def unfinished(record: RunRecord) -> list[Sign]:
    """The run has not reached its last step."""
    if record.finished:
        return []
    steps = "?" if record.steps is None else f"{record.steps:,}"
    return [Sign(name="unfinished", figures={"step": f"{record.last_step:,}", "steps": steps, "run": str(record.path)})]


def not_a_number(record: RunRecord) -> list[Sign]:
    """A scalar is NaN or infinite."""
    found = []
    for name, points in record.curves.items():
        bad = [step for step, value in points if not math.isfinite(value)]
        if bad:
            found.append(Sign(name="not_a_number", figures={"scalar": name, "step": f"{bad[0]:,}", "count": len(bad)}))
    return found


def loss_at_zero(record: RunRecord) -> list[Sign]:
    """A loss has lain at 0 over the last quarter of the run."""
    found = []
    for name, points in record.curves.items():
        last = _last(points)
        if name.endswith("/loss") and last and all(abs(value) < ZERO for _, value in last):
            figures = {"scalar": name, "bound": f"{ZERO:g}", "step": f"{last[0][0]:,}"}
            found.append(Sign(name="loss_at_zero", figures=figures))
    return found


def discriminator_wins(record: RunRecord) -> list[Sign]:
    """A discriminator has been sure of real and of generated samples over the last quarter of the run."""
    found = []
    for name, points in record.curves.items():
        phase, _, scalar = name.rpartition("/")
        if scalar != "real_probability":
            continue
        real, fake = _last(points), _last(record.curves.get(f"{phase}/fake_probability", []))
        if not real or not fake:
            continue
        of_real, of_fake = (float(np.median([value for _, value in part])) for part in (real, fake))
        if of_real > SURE and of_fake < 1 - SURE:
            figures = {"phase": phase, "real": f"{of_real:.4f}", "fake": f"{of_fake:.4f}", "step": f"{real[0][0]:,}"}
            found.append(Sign(name="discriminator_wins", figures=figures))
    return found


def balance_at_bound(record: RunRecord) -> list[Sign]:
    """BEGAN's k has lain at 0 or 1 over the last quarter of the run."""
    found = []
    for name, points in record.curves.items():
        last = _last(points)
        if name.rpartition("/")[2] != "k" or not last:
            continue
        for bound in (0, 1):
            if all(abs(value - bound) <= AT_BOUND for _, value in last):
                figures = {"scalar": name, "bound": bound, "step": f"{last[0][0]:,}"}
                found.append(Sign(name=f"balance_at_{'one' if bound else 'zero'}", figures=figures))
    return found


def collapsed_classes(record: RunRecord) -> list[Sign]:
    """Classes are missing among many generated samples, or half of them are, by their entropy."""
    shares = record.shares.get("generated", [])
    if not shares or counted(record) < FEWEST_A_CLASS * len(shares):
        return []
    real = record.shares.get("real") or [1 / len(shares)] * len(shares)
    gone = [number for number, (of, real_of) in enumerate(zip(shares, real, strict=False)) if of == 0 and real_of > 0]
    bits, of_real = (entropy_bits(np.asarray(one, np.float64)) for one in (shares, real))
    figures = {"bits": f"{bits:.2f}", "real_bits": f"{of_real:.2f}", "largest": f"{max(shares):.0%}"}
    if gone:
        names = record.data.class_names if record.data else ()
        told = [names[number] if number < len(names) else str(number) for number in gone[:10]]
        more = {"classes": ", ".join(told) + (" …" if len(gone) > 10 else "")}
        more |= {"count": str(len(gone)), "all": str(len(shares))}
        return [Sign(name="classes_missing", figures=figures | more)]
    return [Sign(name="classes_uneven", figures=figures)] if bits < of_real - LOST_BITS else []


def missing_modes(record: RunRecord) -> list[Sign]:
    """Modes of a known mixture are missing among the samples, which real samples all reach."""
    rows = record.evaluation.rows if record.evaluation else ()
    return [
        Sign(name="modes_missing", figures={"covered": f"{row.value:.4g}", "modes": f"{row.floor:.4g}"})
        for row in rows
        if row.metric == "modes covered" and row.value is not None and row.floor is not None and row.value < row.floor
    ]


def few_lines(record: RunRecord) -> list[Sign]:
    """A finished run has logged too few lines for its losses to be judged."""
    count = len(record.rows)
    if not record.finished or not 0 < count < 2 * FEWEST_LINES:
        return []
    return [Sign(name="few_lines", figures={"count": count, "fewest": 2 * FEWEST_LINES})]


def few_samples(record: RunRecord) -> list[Sign]:
    """Scores rest on few samples."""
    counts = [(row.generated, row.real) for row in (record.evaluation.rows if record.evaluation else ())]
    counts += [(line.get("generated", 0), line.get("real", 0)) for line in record.evaluations]
    fewest = min((count for pair in counts for count in pair if count), default=FEW_SAMPLES)
    return [Sign(name="few_samples", figures={"count": fewest})] if fewest < FEW_SAMPLES else []


SIGNS: tuple[Callable[[RunRecord], list[Sign]], ...] = (
    not_a_number,
    loss_at_zero,
    discriminator_wins,
    balance_at_bound,
    collapsed_classes,
    missing_modes,
    few_samples,
    few_lines,
    unfinished,
)


def signs_of(record: RunRecord) -> list[Sign]:
    """Return all that looks wrong in a run."""
    return [sign for look in SIGNS for sign in look(record)]


def counted(record: RunRecord) -> int:
    """Return how many generated samples the newest shares of classes were counted among."""
    last = next((line for line in reversed(record.evaluations) if line.get("class_shares")), None)
    own = record.evaluation
    if own is not None and own.classes and (last is None or own.step >= last["step"]):
        return own.generated
    return int(last.get("generated", 0)) if last else 0


def _last(points: Sequence[tuple[int, float]]) -> Sequence[tuple[int, float]]:
    """The points of the last quarter of a run, the last 8 where that is fewer; none of a run that logged few."""
    count = max(math.ceil(len(points) * LAST_SHARE), FEWEST_LINES)
    return points[-count:] if len(points) >= 2 * FEWEST_LINES else []
