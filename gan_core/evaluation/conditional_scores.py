"""Scores of generators that are asked for classes, class by class."""

from collections.abc import Sequence

import numpy as np

from gan_core import metrics as M
from gan_core.errors import UsageError
from gan_core.evaluation.metric import MetricInputs, Score, count_of, needed
from gan_core.metrics.intervals import on_parts

LEAST_OF_CLASS = 20  # samples, real and generated, of a class that is scored


def scored_classes(real_labels: np.ndarray, labels: np.ndarray) -> list[int]:
    """Return the classes that both sets of labels, [N] and [M], hold often enough."""
    numbers = [np.unique(of, return_counts=True) for of in (real_labels, labels)]
    enough = [set(classes[counts >= LEAST_OF_CLASS].tolist()) for classes, counts in numbers]
    return sorted(enough[0] & enough[1])


def within_classes(inputs: MetricInputs) -> list[Score]:
    """Return the Fréchet distance of the samples of each class from the real ones of that class, and their mean.

    The mean is the intra-FID of Miyato, Koyama 2018 (arXiv:1802.05637, section 4). A distance over all samples does not
    see what is wrong within classes, nor that samples are not of the class that was asked for. A class has a tenth of
    the samples where there are ten, and its distance ten times the bias: compare only equal numbers. Classes with fewer
    than 20 samples are left out; raises `UsageError` where that leaves none.
    """
    real_labels, labels = needed(inputs.real_labels), needed(inputs.labels)
    scored = scored_classes(real_labels, labels)
    if not scored:
        raise UsageError(
            f"frechet-by-class needs {LEAST_OF_CLASS} samples of a class, real and generated, and no class has so "
            "many; raise samples=N"
        )
    smallest = min(int((of == number).sum()) for of in (real_labels, labels) for number in scored)
    count = min(inputs.parts, smallest)  # for all classes, so that the mean's values are on like parts
    values: dict[int, float] = {}
    parts: dict[int, Sequence[float]] = {}
    for number in scored:
        real = inputs.real.values[real_labels == number]
        made = inputs.generated.values[labels == number]
        values[number] = M.frechet_distance(real, made)
        if inputs.parts:
            parts[number] = on_parts(values[number], count, *M.frechet_influences(real, made))
    mean = float(np.mean(list(values.values())))
    of_mean = np.mean(list(parts.values()), axis=0).tolist() if parts else ()
    used = count_of(inputs)
    return [
        Score(name="frechet within classes", value=mean, better="lower", unit="feature²", used=used, parts=of_mean),
        *(
            Score(
                name=f"frechet of class {number}",
                value=value,
                better="lower",
                unit="feature²",
                used=int((labels == number).sum()),
                parts=parts.get(number, ()),
            )
            for number, value in values.items()
        ),
    ]
